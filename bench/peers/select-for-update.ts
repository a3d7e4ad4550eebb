import pg from 'pg';
import { serveWithdrawals } from './serve-withdrawals.ts';

serveWithdrawals((connectionString, table) => {
  const pool = new pg.Pool({ connectionString, max: 10 });
  const select = `select balance from ${table} where id = $1`;
  const update = `update ${table} set balance = $2 where id = $1`;

  async function inTransaction(client: pg.PoolClient, userId: number, amount: number): Promise<number | null> {
    await client.query('begin');
    const { rows } = await client.query<{ balance: string }>(`${select} for update`, [userId]);
    const balance = Number(rows[0]?.balance ?? 0) - amount;
    if (balance < 0) {
      await client.query('rollback');
      return null;
    }
    await client.query(update, [userId, balance]);
    await client.query('commit');
    return balance;
  }

  return {
    async withdraw(userId, amount) {
      const client = await pool.connect();
      try {
        const balance = await inTransaction(client, userId, amount);
        client.release();
        return balance;
      } catch (error) {
        // Its transaction may still be open.
        client.release(true);
        throw error;
      }
    },
    async read(userId) {
      const { rows } = await pool.query<{ balance: string }>(select, [userId]);
      return rows[0] === undefined ? null : Number(rows[0].balance);
    },
  };
});
