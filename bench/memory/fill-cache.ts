import type { BalanceRead } from '../../src/domain/outcome.ts';
import { type LedgerCore, openLedgerCore } from '../core/ledger-core.ts';
import { readUsers } from '../core/read-users.ts';
import { liveBytes } from './live-bytes.ts';
import type { MemoryPlan, MemoryReading } from './memory-plan.ts';

/** When the machine stalls, the lease runs out and the cache is emptied: then it is filled and looked at again. */
const ATTEMPTS = 3;

/** Has ever more users in the cache of a worker's owner, and looks each time at what is alive. */
export async function fillCache(plan: MemoryPlan, reportShare: (share: number) => void): Promise<MemoryReading[]> {
  const core = await openLedgerCore(plan.databaseUrl);
  try {
    const before = await liveBytes();
    const readings: MemoryReading[] = [];
    for (const [index, count] of plan.counts.entries()) {
      let reading = await look(core, plan, count, before);
      for (let done = 1; reading.missed > 0 && done < ATTEMPTS; done += 1) {
        reading = await look(core, plan, count, before);
      }
      readings.push(reading);
      reportShare((index + 1) / plan.counts.length);
    }
    return readings;
  } finally {
    await core.close();
  }
}

async function look(core: LedgerCore, plan: MemoryPlan, count: number, before: number): Promise<MemoryReading> {
  const users = { ...plan.users, count };
  const isAsCreated = ({ balance, version }: BalanceRead) => balance === plan.balance && version === 1;
  const answered = await readUsers(core, users, isAsCreated);
  const live = (await liveBytes()) - before;
  const loadedBefore = core.usersLoaded();
  const answeredAgain = await readUsers(core, users, isAsCreated);
  return { users: count, liveBytes: live, answered, answeredAgain, missed: core.usersLoaded() - loadedBefore };
}
