import { fileURLToPath } from 'node:url';
import { readAnswers, readConstantAnswers } from './answers.ts';
import { type ServerProcess, startServer } from './child-processes.ts';
import type { BenchDatabase } from './database.ts';
import type { LoadResult } from './load-protocol.ts';
import { proveBalance, proveLedger } from './proof.ts';
import type { Releases } from './releases.ts';

export interface Account {
  readonly userId: number;
  readonly opening: number;
}

/** One server of the comparison, running. */
export interface Side {
  readonly name: string;
  readonly url: string;
  /** A user of its own for every run, who owns `balance`. */
  createAccount(balance: number): Promise<Account>;
  /** After `load` withdrew 2 from `account` once per unit it owned: everything that should not be; empty is proven. */
  prove(account: Account, load: LoadResult): Promise<readonly string[]>;
  /** The end of its log, for a person who looks for the cause. */
  tail(): string;
}

export interface SideOptions {
  readonly database: BenchDatabase;
  readonly workers: number;
  readonly releases: Releases;
}

/** The sides' names, as tables and result files have them. */
export const SERVICE = 'this service';
export const USUAL_DESIGN = 'usual design';

/** Peers that send one guarded UPDATE per request, each with the table it works on. */
const GUARDED_UPDATES = {
  'express-sequelize': { name: USUAL_DESIGN, table: 'sequelize_users' },
  'express-pg': { name: 'express-pg', table: 'pg_users' },
} as const;

const pathOf = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** The service as it is run: built, its launcher and its workers as processes of their own. */
export async function startService({ database, workers, releases }: SideOptions): Promise<Side> {
  const { url, tail } = await startServer(
    {
      name: SERVICE,
      file: pathOf('../dist/main.js'),
      args: ['serve'],
      environment: {
        DATABASE_URL: database.url,
        HOST: '127.0.0.1',
        PORT: '0',
        ADMIN_PORT: '0',
        WORKERS: `${workers}`,
        LOG_LEVEL: 'warn',
      },
    },
    releases,
  );
  return {
    name: SERVICE,
    url,
    tail,
    async createAccount(balance) {
      const response = await fetch(`${url}/api/users`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ balance }),
      });
      if (response.status !== 201) throw new Error(`No user could be created: ${await response.text()}`);
      const { userId } = (await response.json()) as { userId: number };
      return { userId, opening: balance };
    },
    async prove({ userId, opening }, load) {
      const { accepted, disagreements } = readAnswers(load, opening);
      return [...disagreements, ...(await proveLedger(database.client, { userId, opening, accepted }))];
    },
  };
}

/** One guarded UPDATE per request, on a table of its own with our columns. */
export async function startGuardedUpdate(
  peer: keyof typeof GUARDED_UPDATES,
  { database, releases }: SideOptions,
): Promise<Side> {
  const { client } = database;
  const { name, table } = GUARDED_UPDATES[peer];
  await client.query(`create table ${table} (like users including all) with (fillfactor = 70)`);
  const { url, tail } = await startPeer(peer, { DATABASE_URL: database.url, PEER_TABLE: table }, releases);
  return {
    name,
    url,
    tail,
    async createAccount(balance) {
      const { rows } = await client.query<{ userId: number }>(
        `insert into ${table} (balance) values ($1) returning id::float8 as "userId"`,
        [balance],
      );
      const [created] = rows;
      if (created === undefined) throw new Error('No user could be created');
      return { userId: created.userId, opening: balance };
    },
    async prove({ userId, opening }, load) {
      const { disagreements } = readAnswers(load, opening);
      return [...disagreements, ...(await proveBalance(client, table, userId))];
    },
  };
}

/** A server that answers a constant, in as many processes as the service has workers. */
export async function startNoop(peer: 'express-noop' | 'node-http-noop', options: SideOptions): Promise<Side> {
  const { url, tail } = await startPeer(peer, { PEER_PROCESSES: `${options.workers}` }, options.releases);
  return {
    name: peer,
    url,
    tail,
    createAccount: async (balance) => ({ userId: 1, opening: balance }),
    prove: async ({ opening }, load) => readConstantAnswers(load, opening),
  };
}

function startPeer(
  peer: string,
  environment: Readonly<Record<string, string>>,
  releases: Releases,
): Promise<ServerProcess> {
  return startServer({ name: peer, file: pathOf(`./peers/${peer}.ts`), environment }, releases);
}
