import { describe, expect, it } from 'vitest';
import { parseVerifyOptions, UsageError } from '../../src/verify/options.ts';

describe('the options of verify', () => {
  it('have their defaults', () => {
    expect(parseVerifyOptions([])).toEqual({
      isHelp: false,
      isJson: false,
      goesOn: false,
      findingsMax: 100,
      from: null,
      to: null,
      databaseUrl: null,
    });
  });

  it('are read', () => {
    const url = 'postgres://user@host:5432/name';
    const args = ['--all', '--json', '--limit', '7', '--from=3', '--to', '3', '--database-url', url];
    expect(parseVerifyOptions(args)).toEqual({
      isHelp: false,
      isJson: true,
      goesOn: true,
      findingsMax: 7,
      from: 3,
      to: 3,
      databaseUrl: url,
    });
  });

  it.each([
    [['--frm', '1']],
    [['--from']],
    [['--from', '0']],
    [['--from', '1e3']],
    [['--from', '9007199254740992']],
    [['--from', '9', '--to', '3']],
    [['--limit', '10001']],
    [['--all=yes']],
    [['--database-url', 'mysql://x']],
    [['7']],
  ])('%j are refused', (args) => {
    expect(() => parseVerifyOptions(args)).toThrow(UsageError);
  });
});
