import type pg from 'pg';

/** No connection to PostgreSQL came about, so nothing was done. The message says where and what to do. */
export class DatabaseUnreachableError extends Error {
  override readonly name = 'DatabaseUnreachableError';

  constructor(databaseUrl: string, cause: unknown) {
    const { host, pathname } = new URL(databaseUrl);
    super(`Cannot connect to PostgreSQL at ${host}${pathname}: ${reasonOf(cause)}.\n${adviceOn(codeOf(cause))}`, {
      cause,
    });
  }
}

/** Throws DatabaseUnreachableError. `databaseUrl` is the client's; its password is not repeated. */
export async function connectClient(client: pg.Client, databaseUrl: string): Promise<void> {
  try {
    await client.connect();
  } catch (error) {
    throw new DatabaseUnreachableError(databaseUrl, error);
  }
}

// System codes, and https://www.postgresql.org/docs/18/errcodes-appendix.html
const advice: Readonly<Record<string, string>> = {
  ENOTFOUND: 'No host has this name: check DATABASE_URL.',
  EAI_AGAIN: 'The name of the host could not be looked up: check DATABASE_URL, and the network.',
  '28P01': 'Check the user and the password in DATABASE_URL.',
  '28000': 'Check the user in DATABASE_URL, and what pg_hba.conf of the server says of it.',
  '3D000': 'Check the name in DATABASE_URL, or create the database: user-balance create-database',
  '53300': 'Try again later, or raise max_connections of the server.',
  '57P03': 'The server is starting or stopping: try again in a moment.',
};

function adviceOn(code: string | undefined): string {
  return advice[code ?? ''] ?? 'Is it running there, and can it be reached? Check DATABASE_URL.';
}

function codeOf(error: unknown): string | undefined {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

function reasonOf(error: unknown): string {
  // Several addresses were tried, each with an error of its own.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
