import { describe, expect, it } from 'vitest';
import { parseOptions } from './options.ts';

const parse = (...args: string[]) => parseOptions(args, ['a', 'b'], () => 7);

describe('the options of the fault run', () => {
  it('draws a seed when none is given, and takes the one that is', () => {
    const options = { seed: 7, faults: 60, workers: 2, only: [], jsonFile: undefined, plotFile: undefined };
    expect(parse()).toEqual({ kind: 'options', options: { ...options, mode: { kind: 'random', count: 0 } } });
    expect(parse('--seed', '0', '--only', 'b')).toMatchObject({ options: { seed: 0, only: ['b'] } });
  });

  it('gives the special modes their default counts', () => {
    expect(parse('--ambiguous')).toMatchObject({ options: { mode: { kind: 'ambiguous', count: 100 } } });
    expect(parse('--same-key', '--seed', '3')).toMatchObject({
      options: { seed: 3, mode: { kind: 'same-key', count: 100 } },
    });
    expect(parse('--ambiguous', '10')).toMatchObject({ options: { mode: { count: 10 } } });
  });

  it.each([['--only', 'c'], ['--seed', '-1'], ['--faults', '0'], ['--workers', 'two'], ['--sed', '1'], ['more']])(
    'says what is wrong with %s',
    (...args) => {
      expect(parse(...args)).toMatchObject({ kind: 'wrong', reason: expect.stringMatching(/./) });
    },
  );
});
