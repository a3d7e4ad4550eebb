// The usual design: every request is one guarded UPDATE of its own, and the database serializes them by the row's lock.
// It keeps no entries and no versions, so it does less than the service. One process, as it is usually run.
import express, { type Request, type Response } from 'express';
import pg from 'pg';
import { listen } from './listen.ts';

const WITHDRAW = 'UPDATE usual_users SET balance = balance - $2 WHERE id = $1 AND balance >= $2 RETURNING balance';

function createApp() {
  const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
  const app = express();
  app.use(express.json());
  app.post('/api/users/update-balance', async (request: Request, response: Response) => {
    const { userId, amount } = request.body as { userId: number; amount: number };
    const { rows } = await pool.query<{ balance: string }>(WITHDRAW, [userId, -amount]);
    const [changed] = rows;
    if (changed !== undefined) {
      response.json({ userId, amount, balance: Number(changed.balance) });
      return;
    }
    response.status(409).type('application/problem+json').json({
      type: 'about:blank',
      title: 'The balance does not cover this withdrawal',
      status: 409,
      detail: 'Nothing was applied.',
      code: 'insufficient_funds',
    });
  });
  return app;
}

listen(createApp);
