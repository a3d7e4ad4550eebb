import type { Amount, Operation, UserId } from '../../src/domain/operation.ts';
import { createOperationIds } from '../../src/http/operation-id.ts';
import { systemClock as clock } from '../../src/time/clock.ts';
import { WITHDRAWAL } from '../answers.ts';
import { createUserSequence } from '../stream/user-sequence.ts';
import { AnswerLog } from './answer-log.ts';
import { callAtOnce } from './callers.ts';
import type { CorePlan, CoreResult } from './core-plan.ts';
import { type LedgerCore, openLedgerCore } from './ledger-core.ts';
import { deadlineFromNow, readUsers } from './read-users.ts';

/** Withdraws 2 from the plan's users, whose accounts are in the cache by then, for as long as the plan says. */
export async function runCore(plan: CorePlan, reportShare: (share: number) => void): Promise<CoreResult> {
  const core = await openLedgerCore(plan.databaseUrl);
  try {
    await readUsers(core, plan.users, () => true);
    return await withdraw(core, plan, reportShare);
  } finally {
    await core.close();
  }
}

async function withdraw(core: LedgerCore, plan: CorePlan, reportShare: (share: number) => void): Promise<CoreResult> {
  const nextUser = createUserSequence(plan.users, 'uniform');
  const nextId = createOperationIds(clock);
  const accepted = new AnswerLog(plan.changesMax);
  const others: Record<string, number> = {};
  const startedMs = performance.now();
  const endMs = startedMs + plan.durationMs;
  const progress = setInterval(() => reportShare((performance.now() - startedMs) / plan.durationMs), 100);
  await callAtOnce(plan.callers, plan.changesMax, async () => {
    if (performance.now() >= endMs) return false;
    const change: Operation = {
      kind: 'change',
      id: nextId(),
      userId: nextUser() as UserId,
      amount: -WITHDRAWAL as Amount,
      idempotencyKey: null,
      isRetry: false,
      deadlineMs: deadlineFromNow(),
    };
    const outcome = await core.owner.handle(change);
    if (outcome.kind === 'changed') accepted.add(outcome);
    else {
      const name = 'code' in outcome ? `${outcome.kind} ${outcome.code}` : outcome.kind;
      others[name] = (others[name] ?? 0) + 1;
    }
    return true;
  });
  const wallMs = performance.now() - startedMs;
  clearInterval(progress);
  return { wallMs, accepted: accepted.read(), others };
}
