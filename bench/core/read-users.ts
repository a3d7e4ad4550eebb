import type { UserId } from '../../src/domain/operation.ts';
import type { BalanceRead, Outcome } from '../../src/domain/outcome.ts';
import { systemClock as clock } from '../../src/time/clock.ts';
import type { Users } from '../stream/plan.ts';
import { createUserSequence } from '../stream/user-sequence.ts';
import { callAtOnce } from './callers.ts';
import type { LedgerCore } from './ledger-core.ts';

/** As over HTTP. */
const ANSWER_WITHIN_MS = 5000;
/** So many that the SELECTs which load accounts are full. */
const READERS = 2000;
/** Cached users are answered within one turn of the event loop: without pauses the heartbeat of the lease would miss its time. */
const READS_PER_TURN = 10_000;

export const deadlineFromNow = () => clock.now() + ANSWER_WITHIN_MS;

/** Reads each of these users' balance once, so that the accounts are in the cache. Returns how many answers were as wanted. */
export async function readUsers(
  { owner }: LedgerCore,
  users: Users,
  isWanted: (read: BalanceRead) => boolean,
): Promise<number> {
  const nextUser = createUserSequence(users, 'in-turn');
  const callers = Math.min(READERS, users.count);
  let wanted = 0;
  let reads = 0;
  let turn = Promise.resolve();
  await callAtOnce(callers, users.count, async () => {
    reads += 1;
    if (reads % READS_PER_TURN === 0) turn = new Promise((resolve) => setImmediate(resolve));
    await turn;
    const userId = nextUser() as UserId;
    const outcome: Outcome = await owner.handle({ kind: 'balance', userId, deadlineMs: deadlineFromNow() });
    if (outcome.kind === 'balance' && outcome.userId === userId && isWanted(outcome)) wanted += 1;
    return true;
  });
  return wanted;
}
