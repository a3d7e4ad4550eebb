import type { UserNotFound } from '../../client/balance-client.ts';
import type { Answer } from '../answer.ts';
import { EXIT } from '../exit-codes.ts';

export function noSuchUser(outcome: UserNotFound): Answer {
  const { userId } = outcome;
  return {
    exitCode: EXIT.refused,
    complaint: `There is no user ${userId}. To create it: user-balance users create --id ${userId}\n`,
    json: outcome,
  };
}
