import { fileURLToPath } from 'node:url';
import { readAnswers } from '../answers.ts';
import { startServer } from '../child-processes.ts';
import type { BenchDatabase } from '../database.ts';
import { proveLedger } from '../proof/account.ts';
import { watchLedger } from '../proof/ledger.ts';
import type { Releases } from '../releases.ts';
import { insertLedgerUsers } from '../users.ts';
import { type Account, type HttpSide, SERVICE, UNMETERED } from './side.ts';

export interface ServiceOptions {
  readonly database: BenchDatabase;
  readonly workers: number;
  /** True when absent. */
  readonly isMetered?: boolean;
  readonly releases: Releases;
}

/** The service as it is run: built, its launcher and its workers as processes of their own. */
export async function startService(options: ServiceOptions): Promise<HttpSide> {
  const { database, workers, releases, isMetered = true } = options;
  const name = isMetered ? SERVICE : UNMETERED;
  const { pid, url, consoleUrl, tail } = await startServer(
    {
      name,
      file: fileURLToPath(new URL('../../dist/main.js', import.meta.url)),
      args: ['serve'],
      environment: {
        DATABASE_URL: database.url,
        HOST: '127.0.0.1',
        PORT: '0',
        ADMIN_PORT: '0',
        WORKERS: `${workers}`,
        LOG_LEVEL: 'warn',
        METRICS: isMetered ? 'on' : 'off',
      },
    },
    releases,
  );
  if (consoleUrl !== null) process.stdout.write(`  watch it at ${consoleUrl}\n`);
  return {
    name,
    pid,
    url,
    tail,
    createAccount: (balance) => createAccount(url, balance),
    async prove({ userId, opening }, load) {
      const { accepted, disagreements } = readAnswers(load, opening);
      return [...disagreements, ...(await proveLedger(database.client, { userId, opening, accepted }))];
    },
    createUsers: (count, balance) => insertLedgerUsers(database.client, count, balance),
    watch: (users, expected) => watchLedger(database.client, { users, expected }),
  };
}

async function createAccount(url: string, balance: number): Promise<Account> {
  const response = await fetch(`${url}/api/users`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ balance }),
  });
  if (response.status !== 201) throw new Error(`No user could be created: ${await response.text()}`);
  const { userId } = (await response.json()) as { userId: number };
  return { userId, opening: balance };
}
