import { Registry } from 'prom-client';
import { beforeEach, describe, expect, it } from 'vitest';
import { ConsoleFeed } from '../../src/console/console-feed.ts';
import { LastCheck } from '../../src/console/last-check.ts';
import type { Snapshot } from '../../src/console/snapshot.ts';
import { watchService } from '../../src/console/watch-service.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import { GAUGES, type Gauges, ROUTE } from '../../src/observability/metric-definitions.ts';
import { StateChanges } from '../../src/observability/state-changes.ts';
import { createVerifyMetrics } from '../../src/observability/verify-metrics.ts';
import { WorkerAggregate } from '../../src/observability/worker-aggregate.ts';
import { WorkerMeter } from '../../src/observability/worker-meter.ts';
import { FINDING_KINDS } from '../../src/verify/finding.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { silentLog } from '../support/silent-log.ts';

const quiet = Object.fromEntries(Object.keys(GAUGES).map((name) => [name, 0])) as Gauges;

/** A launcher of two slots, as far as the console sees it. */
class World {
  readonly clock = new ManualClock();
  readonly workers = new WorkerAggregate(this.clock);
  readonly changes = new StateChanges(silentLog, this.clock);
  readonly feed = new ConsoleFeed();
  readonly meters = [new WorkerMeter(), new WorkerMeter()];
  readonly lastCheck = new LastCheck(createVerifyMetrics(new Registry(), FINDING_KINDS));
  owned = 0;
  #sequence = 0;
  readonly watch = watchService({
    feed: this.feed,
    workers: this.workers,
    changes: this.changes,
    lastCheck: this.lastCheck,
    countOwnedSlots: () => this.owned,
    slots: 2,
    isMetered: true,
    clock: this.clock,
  });

  get latest(): Snapshot {
    return this.feed.latest?.snapshot as Snapshot;
  }

  join(slot: number): void {
    this.workers.joined({ slot, generation: 1, pid: 100 + slot });
    this.workers.stateChanged({ slot, generation: 1 } as never, 'serving');
    this.owned += 1;
  }

  /** A second goes by, in which each worker tells what its meter has. */
  pass(gauges: Partial<Gauges> = {}): Snapshot {
    this.#sequence += 1;
    for (const { slot, generation, pid } of this.workers.workers()) {
      const meter = this.meters[slot] as WorkerMeter;
      this.workers.sampled(
        { slot, generation, pid },
        {
          sequence: this.#sequence,
          counts: Array.from(meter.counts),
          gauges: { ...quiet, leaseFresh: 1, ...gauges },
          hottest: meter.hotUsers.take(10),
        },
      );
    }
    this.clock.advance(1000);
    return this.latest;
  }
}

let world: World;
beforeEach(() => {
  world = new World();
  world.clock.advance(10_000);
});

const rejected = (code: string) => ({ kind: 'rejected', code }) as Outcome;
const failed = (code: string) => ({ kind: 'failed', code }) as Outcome;
const changed = { kind: 'changed', replayed: false } as Outcome;
const refused = { kind: 'refused', code: 'insufficient_funds', replayed: false } as Outcome;

describe('a second of the console', () => {
  it('tells of changes by how they ended, and of nothing that is no change', () => {
    world.join(0);
    world.pass();
    const [meter] = world.meters as [WorkerMeter];
    for (let count = 0; count < 7; count += 1) meter.ended('change', changed);
    for (let count = 0; count < 3; count += 1) meter.ended('change', refused);
    meter.ended('change', rejected('user_not_found'));
    meter.ended('change', rejected('idempotency_key_reused'));
    meter.ended('change', failed('overloaded'));
    meter.ended('change', failed('outcome_unknown'));
    meter.shed('event_loop');
    meter.shed('user_queue');
    meter.ended('change', { ...changed, replayed: true } as Outcome);
    meter.ended('create', changed);
    meter.ended('balance', failed('not_ready'));
    const { traffic } = world.pass();
    expect(traffic).toMatchObject({ acceptedPerS: 7, refusedPerS: 5, failedPerS: 3 });
    expect(world.pass().traffic).toMatchObject({ acceptedPerS: 0, refusedPerS: 0, failedPerS: 0 });
  });

  it('tells how long changes took, in any of their three forms, and not how long anything else took', () => {
    world.join(0);
    world.pass();
    const [meter] = world.meters as [WorkerMeter];
    for (let count = 0; count < 98; count += 1) meter.answered(ROUTE.changeByBody, 200, 3.5);
    meter.answered(ROUTE.changeByPath, 200, 90);
    meter.answered(ROUTE.changeMany, 200, 90);
    for (let count = 0; count < 500; count += 1) meter.answered(ROUTE.listEntries, 200, 900);
    const { latency } = world.pass().traffic;
    expect(latency?.p50Ms).toBeGreaterThan(3);
    expect(latency?.p50Ms).toBeLessThanOrEqual(4);
    expect(latency?.p99Ms).toBeGreaterThan(75);
    expect(latency?.p99Ms).toBeLessThanOrEqual(100);
    expect(world.pass().traffic.latency, 'nothing was answered').toBeNull();
  });

  it('tells of rounds', () => {
    world.join(0);
    world.pass();
    const [meter] = world.meters as [WorkerMeter];
    meter.roundApplied(2, 1, 10);
    meter.roundApplied(4, 1, 30);
    expect(world.pass().traffic.rounds).toEqual({ perS: 2, operationsMean: 20, commitMeanMs: 3 });
  });

  it('tells of every worker, and of a slot that has none', () => {
    world.join(1);
    const { workers } = world.pass({
      openOperations: 5,
      connections: 2,
      eventLoopUtilization: 0.5,
      eventLoopDelayMax: 0.02,
    });
    const unknown = { queued: null, connections: null, busyShare: null, loopDelayMs: null, memoryBytes: null };
    expect(workers).toEqual([
      { slot: 0, pid: null, state: 'gone', ...unknown },
      {
        slot: 1,
        pid: 101,
        state: 'serving',
        queued: 5,
        connections: 2,
        busyShare: 0.5,
        loopDelayMs: 20,
        memoryBytes: 0,
      },
    ]);
    expect(world.feed.latest?.point.queued).toEqual([null, 5]);
  });

  it('tells who is hit most', () => {
    world.join(0);
    world.meters[0]?.decided(17, 40);
    world.meters[0]?.decided(4, 20);
    expect(world.pass().hottest).toEqual([
      { userId: 17, changesPerS: 40 },
      { userId: 4, changesPerS: 20 },
    ]);
  });

  it('tells what state the service is in', () => {
    const stateAfter = () => world.pass().service.state;
    expect(stateAfter()).toBe('starting');
    world.join(0);
    expect(stateAfter()).toBe('starting');
    world.join(1);
    world.changes.tell('service_ready');
    expect(stateAfter()).toBe('serving');
    world.owned = 1;
    expect(stateAfter()).toBe('impaired');
    world.owned = 0;
    for (const slot of [0, 1]) world.workers.stateChanged({ slot, generation: 1 } as never, 'standing_by');
    expect(stateAfter()).toBe('standing_by');
    world.changes.tell('stopping');
    expect(stateAfter()).toBe('draining');
  });

  it('tells whether the database answers', () => {
    expect(world.pass().database.state).toBe('unknown');
    world.join(0);
    expect(world.pass().database.state).toBe('reachable');
    expect(world.pass({ leaseFresh: 0 }).database.state, 'a session that is silent').toBe('unreachable');
    world.workers.stateChanged({ slot: 0, generation: 1 } as never, 'connecting');
    expect(world.pass().database.state).toBe('unreachable');
    world.workers.stateChanged({ slot: 0, generation: 1 } as never, 'standing_by');
    expect(world.pass().database.state).toBe('reachable');
  });

  it('tells what the background check has found last, also after one that could not be made', () => {
    expect(world.pass().ledger).toBeNull();
    const sample = { users: 100, entries: 900, findings: [], durationMs: 5, endedAtMs: 4000 };
    world.lastCheck.record(sample);
    world.lastCheck.recordFailure();
    expect(world.pass().ledger).toEqual({ checkedAtMs: 4000, users: 100, findings: 0 });
    const findings = [{ kind: FINDING_KINDS[0] as string }];
    world.lastCheck.record({ ...sample, users: 7, endedAtMs: 9000, findings });
    expect(world.pass().ledger).toEqual({ checkedAtMs: 9000, users: 7, findings: 1 });
  });

  it('tells the last 20 events, the newest first, as sentences', () => {
    for (let count = 0; count < 30; count += 1) world.changes.tell('credentials_read');
    world.changes.tell('worker_died', { slot: 1, workerPid: 4099, status: 'SIGKILL' });
    world.changes.tell('worker_ended', { slot: 0, workerPid: 7, status: 0 });
    world.changes.tell('service_ready');
    const { events } = world.pass();
    expect(events).toHaveLength(20);
    expect(events.slice(0, 4).map(({ level, text }) => [level, text])).toEqual([
      ['good', 'Every slot has its owner.'],
      ['quiet', 'A worker has ended: slot 0, process 7, exit code 0.'],
      ['bad', 'A worker has died: slot 1, process 4099, SIGKILL.'],
      ['quiet', 'The credentials were read anew.'],
    ]);
  });

  it('comes once a second until the end, and out of turn when asked for', () => {
    const seconds = () => world.feed.history.length;
    const before = seconds();
    world.clock.advance(3000);
    expect(seconds()).toBe(before + 3);
    world.watch.look();
    expect(seconds()).toBe(before + 4);
    world.watch.stop();
    world.clock.advance(3000);
    expect(seconds()).toBe(before + 4);
  });
});
