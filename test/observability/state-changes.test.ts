import { describe, expect, it } from 'vitest';
import { STATE_CHANGE_KINDS, StateChanges } from '../../src/observability/state-changes.ts';

function changes() {
  const lines: unknown[] = [];
  const log = {
    info: (fields: object, message: string) => void lines.push(['info', fields, message]),
    warn: (fields: object, message: string) => void lines.push(['warn', fields, message]),
  };
  return { lines, told: new StateChanges(log as never, { wallNow: () => 77 }) };
}

describe('a change of state', () => {
  it('is logged at info or above, whatever it is, counted and kept', () => {
    const { lines, told } = changes();
    for (const kind of STATE_CHANGE_KINDS) told.tell(kind, { slot: 1 });
    expect(lines).toHaveLength(STATE_CHANGE_KINDS.length);
    expect([...told.counts.values()].every((count) => count === 1)).toBe(true);
    expect(told.recent.map(({ kind }) => kind)).toEqual(STATE_CHANGE_KINDS);
    expect(told.recent[0]).toEqual({
      kind: 'starting',
      atMs: 77,
      message: expect.any(String),
      fields: { slot: 1 },
    });
  });

  it('is warned of when nobody wished for it', () => {
    const { lines, told } = changes();
    told.tell('worker_died', { slot: 1, status: 'SIGKILL' });
    expect(lines).toEqual([['warn', { slot: 1, status: 'SIGKILL' }, 'a worker has died']]);
  });

  it('is forgotten after 50 others, but stays in the count', () => {
    const { told } = changes();
    for (let i = 0; i < 70; i += 1) told.tell('worker_started', { i });
    expect(told.recent).toHaveLength(50);
    expect(told.recent.at(-1)?.fields).toEqual({ i: 69 });
    expect(told.counts.get('worker_started')).toBe(70);
  });
});
