import { describe, expect, it, vi } from 'vitest';
import type { Creation } from '../../src/domain/operation.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { delay, systemClock } from '../../src/time/clock.ts';
import { MemoryLedger } from '../support/memory-ledger.ts';
import { aChange, aCreation } from '../support/operations.ts';
import { anOwner, count } from '../support/owner.ts';

/** A ledger whose creations take a while, and are looked at. */
class SlowCreations extends MemoryLedger {
  readonly batches: number[] = [];
  atOnce = 0;
  mostAtOnce = 0;
  tookMs = 5;
  /** Awaited by every creation. */
  held: Promise<void> = Promise.resolve();
  culprit: Creation | null = null;
  inspections = 0;
  /** Ids that somebody is creating in a transaction that goes on. */
  readonly locked = new Set<number>();

  override async inspectOpenings(creations: readonly Creation[]) {
    this.inspections += 1;
    return super.inspectOpenings(creations);
  }

  override async create(creations: readonly Creation[]) {
    this.batches.push(creations.length);
    this.atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
    await delay(systemClock, this.tookMs);
    await this.held;
    this.atOnce -= 1;
    if (this.culprit !== null && creations.includes(this.culprit)) {
      throw new StoreError('rejected', 'planned', '22003');
    }
    if (creations.some(({ userId }) => this.locked.has(userId))) throw new StoreError('locked', 'planned', '55P03');
    return super.create(creations);
  }
}

const creationsOf = (count: number, firstId: number) =>
  Array.from({ length: count }, (_, index) => aCreation(firstId + index, 10));

describe('creations of an owner', () => {
  it('go out in batches, one at a time, so that they leave the session to changes', async () => {
    const ledger = new SlowCreations();
    const { handleAll } = anOwner({ reader: ledger, writer: ledger });
    expect(count(await handleAll(creationsOf(2000, 1)))).toEqual({ created: 2000 });
    expect(ledger.mostAtOnce).toBe(1);
    expect(ledger.batches.length).toBeLessThan(20);
    expect(ledger.account(aCreation(2000, 0).userId)).toEqual({ balance: 10, version: 1 });
  });

  it('do not ask the session for users that are there', async () => {
    const ledger = new SlowCreations();
    const { owner, handleAll } = anOwner({ reader: ledger, writer: ledger });
    const user = ledger.addUser(1, 5);
    await owner.handle(aChange(user, -1));
    const again = [...creationsOf(100, 1), ...creationsOf(1, 1)];
    expect(count(await handleAll(again))).toEqual({ created: 99, user_exists: 2 });
    expect(ledger.batches).toEqual([99]);
    expect(ledger.account(user)).toMatchObject({ balance: 4 });
  });

  it('succeed beside one that is rejected', async () => {
    const ledger = new SlowCreations();
    const { handleAll } = anOwner({ reader: ledger, writer: ledger });
    const creations = creationsOf(9, 1);
    ledger.culprit = creations[4] as Creation;
    expect(count(await handleAll(creations))).toEqual({ created: 8, internal: 1 });
  });

  it('are refused at once when they would come too late, and never sent when they are', async () => {
    const ledger = new SlowCreations();
    const { owner, handleAll } = anOwner({ reader: ledger, writer: ledger });
    ledger.tookMs = 100;
    expect(count(await handleAll(creationsOf(256, 1)))).toEqual({ created: 256 });
    // From now on one batch is held, and nine wait behind it.
    let release = (): void => undefined;
    ledger.held = new Promise((resolve) => {
      release = resolve;
    });
    const soon = (creation: Creation) => ({ ...creation, deadlineMs: systemClock.now() + 350 });
    const queued = handleAll(creationsOf(2560, 1000).map(soon));
    await vi.waitUntil(() => ledger.atOnce === 1);
    expect(await owner.handle(soon(aCreation(9000, 1)))).toEqual({ kind: 'failed', code: 'overloaded' });
    expect(count(await queued)).toEqual({ outcome_unknown: 256, overloaded: 2560 - 256 });
    release();
    await vi.waitUntil(() => ledger.atOnce === 0);
    await delay(systemClock, 20);
    expect(ledger.batches).toHaveLength(2);
    expect(ledger.account(aCreation(9000, 1).userId)).toBeUndefined();
  });

  it('do not wait for those whose user somebody else is creating', async () => {
    const ledger = new SlowCreations();
    const { owner, handleAll } = anOwner({ reader: ledger, writer: ledger });
    ledger.tookMs = 20;
    for (let userId = 1; userId <= 20; userId += 1) ledger.locked.add(userId);
    const locked = handleAll(creationsOf(20, 1));
    const beside = handleAll(creationsOf(200, 100));
    await delay(systemClock, 100);
    const startedMs = systemClock.now();
    expect(await owner.handle(aCreation(5000, 1))).toMatchObject({ kind: 'created' });
    expect(systemClock.now() - startedMs).toBeLessThan(200);
    expect(count(await beside)).toEqual({ created: 200 });
    ledger.locked.clear();
    expect(count(await locked)).toEqual({ created: 20 });
  });

  it('are looked up together when they are sent again, and replayed', async () => {
    const ledger = new SlowCreations();
    const { handleAll } = anOwner({ reader: ledger, writer: ledger });
    const keyed = () => Array.from({ length: 500 }, (_, index) => aCreation(index + 1, 7, { key: 'welcome' }));
    expect(count(await handleAll(keyed()))).toEqual({ created: 500 });
    const again = await handleAll(keyed());
    expect(again.filter((outcome) => outcome.kind === 'created' && outcome.replayed)).toHaveLength(500);
    expect(ledger.inspections).toBeLessThan(5);
    expect(ledger.confirmations).toBe(ledger.inspections);
  });

  it('of nothing are not said to be taken by another when the user was changed before the retry', async () => {
    const { ledger, owner } = anOwner();
    const creation = aCreation(5, 0);
    await ledger.create([creation]);
    ledger.changeFromOutside(creation.userId, 5);
    expect(await owner.handle({ ...creation, isRetry: true })).toEqual({ kind: 'failed', code: 'outcome_unknown' });
  });
});
