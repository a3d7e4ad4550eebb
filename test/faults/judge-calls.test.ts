import { describe, expect, it } from 'vitest';
import type { CallResult } from '../history/history.ts';
import { judgeCalls } from './judge-calls.ts';
import { type Recorded, Records } from './records.ts';

const done: CallResult = { kind: 'done', operationId: 'a', balance: 1, version: 1, replayed: false };
const window = { fromMs: 1000, toMs: 2000, ownLagMs: 0, requestTimeoutMs: 3000 };

function aCall(invokedMs: number, completedMs: number, more: Partial<Recorded> = {}): Recorded {
  const call = { operation: 'one-1', isKeyed: false, amount: 1, invokedMs, completedMs, result: done };
  return { userId: 1, call, status: 200, localPort: 5000, isLost: false, note: '', ...more };
}

function judge(call: Recorded, more: { forsaken?: number; spares?: (call: Recorded) => boolean } = {}): string[] {
  const records = new Records();
  records.all.push(call);
  const forsakenPorts = new Set(more.forsaken === undefined ? [] : [more.forsaken]);
  const spared = more.spares === undefined ? [] : [{ isMeant: more.spares, why: 'spared' }];
  return judgeCalls({ records, forsakenPorts, spared }, window).map(({ rule }) => rule);
}

describe('the judgement on the answers of a fault run', () => {
  it('has nothing against good answers in time', () => {
    expect(judge(aCall(500, 900))).toEqual([]);
    expect(judge(aCall(1500, 4500, { status: 409 }))).toEqual([]);
  });

  it('takes trouble during the fault, and not while nothing is wrong', () => {
    for (const status of [0, 503, 504]) {
      expect(judge(aCall(900, 1100, { status }))).toEqual([]);
      expect(judge(aCall(1900, 2100, { status }))).toEqual([]);
      expect(judge(aCall(500, 900, { status }))).toEqual(['false_trouble']);
      expect(judge(aCall(2100, 2200, { status }))).toEqual(['false_trouble']);
    }
  });

  it('takes no trouble of those whom the fault must spare', () => {
    expect(judge(aCall(1500, 1600, { status: 503 }), { spares: () => true })).toEqual(['not_spared']);
    expect(judge(aCall(1500, 1600, { status: 503 }), { spares: () => false })).toEqual([]);
    expect(judge(aCall(1500, 1600), { spares: () => true })).toEqual([]);
  });

  it('takes no other failure than 503 and 504 at any time', () => {
    expect(judge(aCall(1500, 1600, { status: 500 }))).toEqual(['status']);
    expect(judge(aCall(1500, 1600, { status: 422 }))).toEqual(['status']);
  });

  it('wants an answer by the deadline, except of a worker that was stopped or killed', () => {
    expect(judge(aCall(1500, 5000))).toEqual(['deadline']);
    expect(judge(aCall(1500, 5000), { forsaken: 5000 })).toEqual([]);
    expect(judge(aCall(1500, 5000), { forsaken: 5001 })).toEqual(['deadline']);
  });
});
