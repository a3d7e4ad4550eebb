import { checkHistory } from '../history/check-history.ts';
import type { UserHistory } from '../history/history.ts';
import { readHistories } from './history-of-users.ts';
import type { Recorded } from './records.ts';
import type { Trial } from './trial.ts';
import { pause } from './wait.ts';
import type { World } from './world.ts';

/** What plain SQL changes is seen within 1 s. */
const OUTSIDE_LAG_MS = 1000;
const LOOK_AGAIN_MS = 100;

export interface Settlement {
  readonly histories: readonly UserHistory[];
  /** Calls whose callers did not learn the outcome, and of those the ones that had been applied. */
  readonly unknown: number;
  readonly unknownApplied: number;
}

/** Reads the ledger once nothing that was sent can still be under way. */
export async function settle(world: World, trial: Trial, notBeforeMs: number): Promise<Settlement> {
  for (;;) {
    const { users, records } = trial;
    const histories = await readHistories(world.server, users, records.all);
    const applied = new Set(histories.flatMap(({ entries }) => entries.map((entry) => entry.operation)));
    const unknown = records.all.filter(isUnknownChange);
    const isOpen = unknown.some(({ call }) => !applied.has(call.operation));
    if (!isOpen || performance.now() >= notBeforeMs) {
      const unknownApplied = unknown.filter(({ call }) => applied.has(call.operation)).length;
      return { histories, unknown: unknown.length, unknownApplied };
    }
    await pause(LOOK_AGAIN_MS);
  }
}

const isUnknownChange = ({ call }: Recorded): boolean => call.result.kind === 'unknown' && call.amount !== 0;

/** Holds each user's history against the rules, and the answers of the trial against the ledger. */
export function judgeHistories(trial: Trial, histories: readonly UserHistory[]): void {
  if (histories.length !== trial.users.length) trial.violate('lost', 'a user is gone');
  for (const history of histories) {
    for (const { rule, userId, detail } of checkHistory(history, { outsideLagMs: OUTSIDE_LAG_MS })) {
      trial.violate(rule, `user ${userId}: ${detail}`);
    }
  }
}

/** What the accounts were when they were judged: after that nothing may change them. */
export class Finished {
  readonly #accounts = new Map<
    number,
    { readonly balance: number; readonly version: number; readonly fault: string }
  >();

  add(fault: string, histories: readonly UserHistory[]): void {
    for (const { userId, account } of histories) this.#accounts.set(userId, { ...account, fault });
  }

  async changedSince(world: World): Promise<string[]> {
    const rows = await world.server.query<{ id: string; balance: string; version: string }>(
      'select id, balance, version from users',
    );
    return rows.flatMap(({ id, balance, version }) => {
      const was = this.#accounts.get(Number(id));
      if (was === undefined || (was.balance === Number(balance) && was.version === Number(version))) return [];
      return [`user ${id} of "${was.fault}": version ${was.version} became ${version} after all was settled`];
    });
  }
}
