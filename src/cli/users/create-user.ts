import type { CreationOutcome } from '../../client/balance-client.ts';
import { type Answer, CommandError } from '../answer.ts';
import { EXIT } from '../exit-codes.ts';
import { callService } from './call-service.ts';
import type { ServiceOptions } from './service.ts';
import { shellCommand } from './shell-command.ts';

export interface CreateOptions extends ServiceOptions {
  readonly id?: number;
  readonly balance: number;
  readonly idempotencyKey?: string;
}

/** The command `users create`. */
export async function createUser(options: CreateOptions): Promise<Answer> {
  const { id: userId, balance, idempotencyKey } = options;
  if (userId === undefined && idempotencyKey !== undefined) {
    throw new CommandError(EXIT.usage, '--idempotency-key needs --id: a key belongs to a user.');
  }
  const words = ['users', 'create', '--id', String(userId), '--balance', String(balance), '--idempotency-key'];
  return callService(
    options,
    async (client, signal) => creationAnswer(await client.createUser({ userId, balance, idempotencyKey }, { signal })),
    (key) => shellCommand([...words, key], options),
  );
}

/** What became of a creation, for a person and for a program. */
export function creationAnswer(outcome: CreationOutcome): Answer {
  const { userId } = outcome;
  if (outcome.kind === 'user_exists') {
    const complaint = `There is a user ${userId} already, who was not changed. To see: user-balance users show ${userId}\n`;
    return { exitCode: EXIT.refused, complaint, json: outcome };
  }
  const before = outcome.replayed
    ? 'An earlier sending with this key was applied, and this one changed nothing.\n'
    : '';
  const text = `Created user ${userId} with a balance of ${outcome.balance}.\n${before}`;
  return { exitCode: EXIT.done, text, json: outcome };
}
