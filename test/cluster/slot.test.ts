import type { Worker } from 'node:cluster';
import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from 'vitest';
import { Slot } from '../../src/cluster/slot.ts';
import { ManualClock } from '../support/manual-clock.ts';

/** What node:cluster gives, of a process that is there or could not be forked. */
class FakeProcess extends EventEmitter {
  readonly process: { readonly pid: number | undefined };
  readonly sent: unknown[] = [];
  readonly signals: unknown[] = [];

  constructor(pid: number | undefined) {
    super();
    this.process = { pid };
  }

  isConnected(): boolean {
    return this.process.pid !== undefined;
  }

  send(message: unknown): void {
    this.sent.push(message);
  }

  kill(signal: unknown): void {
    this.signals.push(signal);
  }
}

let clock: ManualClock;
let forked: FakeProcess[];
let fork: () => FakeProcess;
let changes: string[];
let slot: Slot;

beforeEach(() => {
  clock = new ManualClock();
  forked = [];
  changes = [];
  slot = new Slot({
    slot: 0,
    clock,
    changes: { tell: (kind) => void changes.push(kind) },
    workers: {
      joined: () => undefined,
      stateChanged: () => undefined,
      sampled: () => undefined,
      left: () => undefined,
    },
    fork: () => {
      const process = fork();
      forked.push(process);
      return { process: process as unknown as Worker, isUp: false };
    },
    start: () => undefined,
    onOwnerChange: () => undefined,
    onStandby: () => undefined,
    onFailed: () => undefined,
  });
});

const becomesOwner = (process: FakeProcess) => {
  process.emit('message', { kind: 'up' });
  process.emit('message', { kind: 'session', state: 'held' });
};

describe('a slot whose process could not be forked', () => {
  it('forks another when the system says so later', () => {
    fork = () => new FakeProcess(forked.length === 0 ? undefined : 4711);
    slot.open();
    forked[0]?.emit('error', new Error('spawn node EAGAIN'));
    clock.advance(1000);
    expect(forked).toHaveLength(2);
    becomesOwner(forked[1] as FakeProcess);
    expect(slot.isOwned).toBe(true);
  });

  it('forks another when the system says so at once', () => {
    let tries = 0;
    fork = () => {
      tries += 1;
      if (tries < 3) throw new Error('spawn ENOMEM');
      return new FakeProcess(4711);
    };
    slot.open();
    clock.advance(1000);
    expect(tries).toBe(3);
    becomesOwner(forked[0] as FakeProcess);
    expect(slot.isOwned).toBe(true);
  });

  it('takes an error of a process that lives for no end of it', () => {
    fork = () => new FakeProcess(4711);
    slot.open();
    forked[0]?.emit('error', new Error('write EPIPE'));
    clock.advance(10_000);
    expect(forked).toHaveLength(1);
  });
});

describe('a worker that hangs', () => {
  const alive = () => forked[0]?.emit('message', { kind: 'alive', isDebugged: false });

  beforeEach(() => {
    fork = () => new FakeProcess(4711);
    slot.open();
    becomesOwner(forked[0] as FakeProcess);
  });

  it('is killed, and another is forked', () => {
    clock.advance(9000);
    expect(forked[0]?.signals).toEqual([]);
    clock.advance(1000);
    expect(forked[0]?.signals).toEqual(['SIGKILL']);
    expect(changes).toContain('worker_hangs');
    forked[0]?.emit('exit', null, 'SIGKILL');
    clock.advance(0);
    expect(forked).toHaveLength(2);
  });

  it('is not one that speaks up in time', () => {
    for (let second = 0; second < 60; second += 1) {
      clock.advance(1000);
      if (second % 9 === 0) alive();
    }
    expect(forked[0]?.signals).toEqual([]);
  });

  it('is not taken for one once the slot closes', () => {
    void slot.drain(60_000);
    clock.advance(30_000);
    expect(forked[0]?.signals).toEqual([]);
  });

  it('is not one that stands at a breakpoint', () => {
    forked[0]?.emit('message', { kind: 'alive', isDebugged: true });
    clock.advance(60_000);
    expect(forked[0]?.signals).toEqual([]);
  });

  it('may be one that never comes up, but its modules have time to load', () => {
    forked[0]?.emit('exit', null, 'SIGKILL');
    clock.advance(0);
    clock.advance(58_000);
    expect(forked[1]?.signals).toEqual([]);
    clock.advance(2000);
    expect(forked[1]?.signals).toEqual(['SIGKILL']);
  });

  it('has died also while its successor comes up', () => {
    void slot.replace(15_000);
    clock.advance(10_000);
    forked[0]?.emit('exit', null, 'SIGKILL');
    expect(changes).toContain('worker_died');
  });
});
