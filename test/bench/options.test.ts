import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../bench/options.ts';

const names = ['keep-alive', 'simultaneous'];
const parse = (...args: string[]) => parseOptions(args, names, ['this service']);

describe('the command line of the bench', () => {
  it('compares everything three times when nothing is asked', () => {
    expect(parse()).toEqual({
      kind: 'options',
      options: {
        runs: 3,
        workers: undefined,
        connections: undefined,
        durationMs: 2000,
        withdrawals: 10_000,
        scenarios: [],
        sides: [],
        isQuick: false,
        isFull: false,
        isWithPeers: true,
      },
    });
  });

  it('runs once when it must be quick, with as many withdrawals', () => {
    expect(parse('--quick')).toMatchObject({
      options: { runs: 1, durationMs: 1000, withdrawals: 10_000, isQuick: true },
    });
  });

  it('lets the number of runs and their length overrule quick', () => {
    expect(parse('--quick', '--runs', '5', '--duration', '3')).toMatchObject({
      options: { runs: 5, durationMs: 3000 },
    });
  });

  it('takes every option', () => {
    const args = [
      ...['--runs', '2', '--workers=4', '--withdrawals', '100', '--scenario', 'keep-alive', '--skip-peers'],
      ...['--duration', '5', '--connections', '64', '--full', '--side', 'this service'],
    ];
    expect(parse(...args)).toEqual({
      kind: 'options',
      options: {
        runs: 2,
        workers: 4,
        connections: 64,
        durationMs: 5000,
        withdrawals: 100,
        scenarios: ['keep-alive'],
        sides: ['this service'],
        isQuick: false,
        isFull: true,
        isWithPeers: false,
      },
    });
  });

  it('takes several scenarios', () => {
    expect(parse('--scenario', 'keep-alive', '--scenario', 'simultaneous')).toMatchObject({
      options: { scenarios: names },
    });
  });

  it('lists what there is, as it would be run', () => {
    expect(parse('--list', '--connections', '7')).toMatchObject({ kind: 'list', settings: { connections: 7 } });
  });

  it.each([['--help'], ['-h']])('shows the help for %s', (flag) => {
    expect(parse(flag)).toEqual({ kind: 'help' });
  });

  it.each([
    [['--side', 'ours'], /no side ours/],
    [['--fast'], /--fast/],
    [['more'], /more/],
    [['--runs', '0'], /--runs must be an integer from 1/],
    [['--runs', '1e2'], /--runs must be an integer/],
    [['--workers', '65'], /--workers must be an integer from 1 to 64/],
    [['--withdrawals', '9999'], /must be even/],
    [['--duration', '0'], /--duration must be an integer from 1 to 60/],
    [['--duration', '0.5'], /--duration must be an integer/],
    [['--connections', '20001'], /--connections must be an integer from 1 to 20000/],
    [['--list', '--runs', 'x'], /--runs/],
    [['--scenario', 'idle'], /no scenario idle/],
  ])('refuses %j', (args, reason) => {
    expect(parse(...args)).toEqual({ kind: 'wrong', reason: expect.stringMatching(reason) });
  });
});
