import { expect, it } from 'vitest';
import { BoundedLog } from '../../src/access/bounded-log.ts';
import { ManualClock } from '../support/manual-clock.ts';

it('a flood of warnings writes 20 lines a second and the count of the others', () => {
  const lines: object[] = [];
  const clock = new ManualClock();
  const log = new BoundedLog({ warn: (fields: object) => void lines.push(fields) } as never, clock);
  for (let i = 0; i < 1000; i += 1) log.warn(() => ({ i }), 'no');
  expect(lines).toHaveLength(20);
  clock.advance(1000);
  expect(lines.at(-1)).toEqual({ suppressed: 980 });
  log.warn(() => ({ i: 'next' }), 'no');
  expect(lines.at(-1)).toEqual({ i: 'next' });
  clock.advance(1000);
  expect(lines).toHaveLength(22);
});
