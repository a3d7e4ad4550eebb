import { createDatabase } from '../store/create-database.ts';
import type { Answer } from './answer.ts';
import { requireDatabaseUrl } from './database-url.ts';
import { EXIT } from './exit-codes.ts';

/** The command `create-database`. */
export async function runCreateDatabase(options: { readonly databaseUrl?: string }): Promise<Answer> {
  const isCreated = await createDatabase(requireDatabaseUrl(options.databaseUrl));
  return {
    exitCode: EXIT.done,
    text: isCreated ? 'The database was created.\n' : 'The database is there already.\n',
    json: { created: isCreated },
  };
}
