import { readAnswers } from '../answers.ts';
import type { BenchDatabase } from '../database.ts';
import { proveBalance } from '../proof/account.ts';
import { watchBalances } from '../proof/balances.ts';
import type { Releases } from '../releases.ts';
import { insertUsers } from '../users.ts';
import { startPeer } from './peer-process.ts';
import { type HttpSide, type TablePeerName, USUAL_DESIGN } from './side.ts';

/** The program of each, and the table it works on. */
const PEERS: Readonly<Record<TablePeerName, { readonly program: string; readonly table: string }>> = {
  [USUAL_DESIGN]: { program: 'express-sequelize', table: 'sequelize_users' },
  'select-for-update': { program: 'select-for-update', table: 'locked_users' },
  drizzle: { program: 'drizzle', table: 'drizzle_users' },
  'express-pg': { program: 'express-pg', table: 'pg_users' },
};

/** A server that goes to the database for every request, on a table of its own with our columns. */
export async function startTablePeer(
  name: TablePeerName,
  { client, url: databaseUrl }: BenchDatabase,
  releases: Releases,
): Promise<HttpSide> {
  const { program, table } = PEERS[name];
  await client.query(`create table ${table} (like users including all) with (fillfactor = 70)`);
  const { pid, url, tail } = await startPeer(program, { DATABASE_URL: databaseUrl, PEER_TABLE: table }, releases);
  return {
    name,
    pid,
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
    createUsers: (count, balance) => insertUsers(client, table, count, balance),
    watch: (users, expected) => watchBalances(client, { table, users, expected }),
  };
}
