import pg from 'pg';
import { serveWithdrawals } from './serve-withdrawals.ts';

serveWithdrawals((connectionString, table) => {
  const pool = new pg.Pool({ connectionString, max: 10 });
  const text = `update ${table} set balance = balance - $2 where id = $1 and balance >= $2 returning balance`;
  const first = async (query: string, values: readonly number[]) => {
    const { rows } = await pool.query<{ balance: string }>(query, [...values]);
    return rows[0] === undefined ? null : Number(rows[0].balance);
  };
  return {
    withdraw: (userId, amount) => first(text, [userId, amount]),
    read: (userId) => first(`select balance from ${table} where id = $1`, [userId]),
  };
});
