import type { ChangeOutcome } from '../../client/balance-client.ts';
import type { Answer } from '../answer.ts';
import { EXIT } from '../exit-codes.ts';
import { callService } from './call-service.ts';
import { noSuchUser } from './no-such-user.ts';
import type { ServiceOptions } from './service.ts';
import { shellCommand } from './shell-command.ts';

export interface AdjustOptions extends ServiceOptions {
  readonly idempotencyKey?: string;
}

/** The command `users adjust`. `amount` is in minor units: negative withdraws, positive deposits. */
export function adjustUser(userId: number, amount: number, options: AdjustOptions): Promise<Answer> {
  const { idempotencyKey } = options;
  return callService(
    options,
    async (client, signal) => changeAnswer(await client.change({ userId, amount, idempotencyKey }, { signal })),
    (key) => shellCommand(['users', 'adjust', String(userId), String(amount), '--idempotency-key', key], options),
  );
}

/** What became of a change, for a person and for a program. */
export function changeAnswer(outcome: ChangeOutcome): Answer {
  switch (outcome.kind) {
    case 'done': {
      const { userId, amount, balance, version, idempotencyKey } = outcome;
      const done = amount < 0 ? `Withdrew ${-amount} from` : `Deposited ${amount} to`;
      const before = outcome.replayed
        ? 'An earlier sending with this key was applied, and this one changed nothing.\n'
        : '';
      const text = `${done} user ${userId}: balance ${balance}, version ${version}.\n${before}Key: ${idempotencyKey}\n`;
      return { exitCode: EXIT.done, text, json: outcome };
    }
    case 'refused': {
      const before = outcome.replayed ? ' It was refused earlier under this key, and is not decided anew.' : '';
      return {
        exitCode: EXIT.refused,
        complaint: `Refused: ${reasonOf(outcome)}${before} Nothing was changed.\n`,
        json: outcome,
      };
    }
    case 'user_not_found':
      return noSuchUser(outcome);
    default:
      outcome satisfies never;
      throw new TypeError('An outcome of an unknown kind');
  }
}

function reasonOf({ code, userId, amount, balance, version }: Extract<ChangeOutcome, { kind: 'refused' }>): string {
  const what =
    code === 'insufficient_funds'
      ? `does not cover a withdrawal of ${-amount}`
      : `and a deposit of ${amount} would exceed ${Number.MAX_SAFE_INTEGER}`;
  return `the balance of user ${userId}, ${balance} at version ${version}, ${what}.`;
}
