import express, { type Request, type Response } from 'express';
import { listen } from './listen.ts';

/** Takes `amount` from the user if there is enough; resolves to the balance left, or to null when there is not. */
export type Withdraw = (userId: number, amount: number) => Promise<number | null>;

/** The balance of a user, or null when there is none. */
export type ReadBalance = (userId: number) => Promise<number | null>;

export interface Accounts {
  readonly withdraw: Withdraw;
  readonly read: ReadBalance;
}

/**
 * The endpoint as it is usually built: every request goes to the database by itself, which serializes those for one user
 * by the row's lock. It keeps no entries and no versions, so it does less than the service.
 */
export function serveWithdrawals(connect: (databaseUrl: string, table: string) => Accounts): void {
  listen(() => {
    const { DATABASE_URL, PEER_TABLE } = process.env;
    if (DATABASE_URL === undefined || PEER_TABLE === undefined) throw new Error('The bench sets both.');
    return createApp(connect(DATABASE_URL, PEER_TABLE));
  });
}

function createApp({ withdraw, read }: Accounts) {
  const app = express();
  app.use(express.json());
  app.post('/api/users/update-balance', async (request: Request, response: Response) => {
    const { userId, amount } = request.body as { userId: number; amount: number };
    const balance = await withdraw(userId, -amount);
    if (balance !== null) {
      response.json({ userId, amount, balance });
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
  app.get('/api/users/:userId/balance', async (request: Request, response: Response) => {
    const userId = Number(request.params.userId);
    const balance = await read(userId);
    if (balance === null) response.sendStatus(404);
    else response.json({ userId, balance });
  });
  return app;
}
