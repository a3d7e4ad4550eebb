// What Express alone costs: it parses the body and answers a constant.
import express, { type Request, type Response } from 'express';
import { listen, processesWanted } from './listen.ts';

function createApp() {
  const app = express();
  app.use(express.json());
  app.post('/api/users/update-balance', (_request: Request, response: Response) => {
    response.json({ userId: 1, amount: -2, balance: 0, version: 1 });
  });
  app.get('/api/users/:userId/balance', (_request: Request, response: Response) => {
    response.json({ userId: 1, balance: 0, version: 1 });
  });
  return app;
}

listen(createApp, processesWanted());
