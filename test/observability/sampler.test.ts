import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Sampler } from '../../src/observability/sampler.ts';
import { WorkerMeter } from '../../src/observability/worker-meter.ts';
import { ManualClock } from '../support/manual-clock.ts';

const load = {
  openOperations: 0,
  openUsers: 0,
  requestsInFlight: 0,
  connections: 0,
  connectionsHeld: 0,
  cachedUsers: 0,
  leaseFresh: 1,
};

let clock: ManualClock;
let sampler: Sampler;
let sent: (() => void)[];
let sequences: number[];

beforeEach(() => {
  clock = new ManualClock();
  sent = [];
  sequences = [];
  sampler = new Sampler({
    meter: new WorkerMeter(),
    readGauges: () => load,
    send: ({ sequence }, whenSent) => {
      sequences.push(sequence);
      sent.push(whenSent);
    },
    clock,
  });
});
afterEach(() => void sampler.stop());

describe('a sampler', () => {
  it('tells once a second', () => {
    for (let s = 0; s < 3; s += 1) {
      clock.advance(1000);
      sent.at(-1)?.();
    }
    expect(sequences).toEqual([1, 2, 3]);
  });

  it('has one sample on its way while the launcher takes none, and goes on when it does', () => {
    for (let s = 0; s < 60; s += 1) clock.advance(1000);
    expect(sequences).toEqual([1]);
    sent[0]?.();
    clock.advance(1000);
    expect(sequences).toEqual([1, 2]);
  });
});
