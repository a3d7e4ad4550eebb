import { AccessError } from '../access/api-key-records.ts';
import { serve } from '../cluster/serve.ts';
import { ConfigError, readConfig } from '../config.ts';

/** The command `serve`. Resolves when the service has begun to start; it ends the process itself. */
export async function startService({ json = false }: { readonly json?: boolean }): Promise<void> {
  try {
    await serve(readConfig(), { isJson: json });
  } catch (error) {
    // Keys and addresses that do not fit each other: settings, too.
    if (error instanceof AccessError) throw new ConfigError(error.message, { cause: error });
    throw error;
  }
}
