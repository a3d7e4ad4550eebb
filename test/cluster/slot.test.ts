import type { Worker } from 'node:cluster';
import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from 'vitest';
import { Slot } from '../../src/cluster/slot.ts';
import { ManualClock } from '../support/manual-clock.ts';

/** What node:cluster gives, of a process that is there or could not be forked. */
class FakeProcess extends EventEmitter {
  readonly process: { readonly pid: number | undefined };
  readonly sent: unknown[] = [];

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

  kill(): void {}
}

describe('a slot whose process could not be forked', () => {
  let clock: ManualClock;
  let forked: FakeProcess[];
  let fork: () => FakeProcess;
  let slot: Slot;

  beforeEach(() => {
    clock = new ManualClock();
    forked = [];
    slot = new Slot({
      slot: 0,
      clock,
      changes: { tell: () => undefined },
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
