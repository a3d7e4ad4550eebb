import { describe, expect, it } from 'vitest';
import { humanReport, reportData } from '../../src/verify/report.ts';
import type { VerifyResult } from '../../src/verify/verify-ledger.ts';

const sound: VerifyResult = {
  users: 98_765,
  entries: 1_234_567,
  findings: [],
  findingsTotal: 0,
  isComplete: true,
  durationMs: 12_345,
};
const finding = { kind: 'broken_chain', userId: '9223372036854775807', version: '7', detail: 'it is so' } as const;

describe('the report for a person', () => {
  it('is one line when all agree', () => {
    expect(humanReport(sound)).toBe('1,234,567 entries of 98,765 users agree with their balances (12.3 s).\n');
    expect(humanReport({ ...sound, users: 1, entries: 1 })).toBe(
      '1 entry of 1 user agrees with its balance (12.3 s).\n',
    );
  });

  it('names the user, points at the entries around the finding, and counts what it does not list', () => {
    const text = humanReport({ ...sound, findings: [finding], findingsTotal: 3 });
    expect(text).toContain('User 9223372036854775807: it is so (broken_chain).');
    expect(text).toContain('user_id = 9223372036854775807 and version between 5 and 8 order by version;');
    expect(text).toContain('... and 2 more');
    expect(text).toMatch(/3 findings in 1,234,567 entries of 98,765 users \(12\.3 s\)\.\n$/);
  });
});

describe('the report for a program', () => {
  it('rounds no id: those beyond 2^53-1 are strings', () => {
    const report = reportData({ ...sound, findings: [finding], findingsTotal: 1 });
    expect(report).toMatchObject({ ok: false, findings: [{ userId: '9223372036854775807', version: 7 }] });
  });
});
