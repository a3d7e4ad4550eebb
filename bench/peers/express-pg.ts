import pg from 'pg';
import { serveWithdrawals } from './guarded-update.ts';

serveWithdrawals((connectionString, table) => {
  const pool = new pg.Pool({ connectionString, max: 10 });
  const text = `update ${table} set balance = balance - $2 where id = $1 and balance >= $2 returning balance`;
  return async (userId, amount) => {
    const { rows } = await pool.query<{ balance: string }>(text, [userId, amount]);
    return rows[0] === undefined ? null : Number(rows[0].balance);
  };
});
