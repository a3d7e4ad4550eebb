import { applyMigrations } from '../store/migrations.ts';
import type { Answer } from './answer.ts';
import { requireDatabaseUrl } from './database-url.ts';
import { EXIT } from './exit-codes.ts';

/** The command `migrate`. */
export async function migrate(options: { readonly databaseUrl?: string }): Promise<Answer> {
  const url = requireDatabaseUrl(options.databaseUrl);
  const { names, isNewerThanProgram } = await applyMigrations(url, (message) => process.stderr.write(`${message}\n`));
  const json = { applied: names, newerThanProgram: isNewerThanProgram };
  if (isNewerThanProgram) return { exitCode: EXIT.failed, complaint: NEWER, json };
  const applied = names.map((name) => `Applied ${name}.\n`).join('');
  return { exitCode: EXIT.done, text: `${applied}The schema is up to date.\n`, json };
}

const NEWER =
  'The schema has migrations of a later release than this one; nothing was changed. Run the release that made them, or a ' +
  'later one, or put back a backup of before.\n';
