import type { Finding } from './finding.ts';
import type { VerifyResult } from './verify-ledger.ts';

const count = (value: number): string => value.toLocaleString('en-US');
const counted = (value: number, one: string, many: string): string => `${count(value)} ${value === 1 ? one : many}`;

/** What the check found, for a person: lines that end with a newline. */
export function humanReport(result: VerifyResult): string {
  const entries = counted(result.entries, 'entry', 'entries');
  const seconds = `(${(result.durationMs / 1000).toFixed(1)} s)`;
  if (result.findingsTotal === 0) {
    const verb = result.entries === 1 ? 'agrees' : 'agree';
    const theirs = result.users === 1 ? 'its balance' : 'their balances';
    return `${entries} of ${counted(result.users, 'user', 'users')} ${verb} with ${theirs} ${seconds}.\n`;
  }
  const unlisted = result.findingsTotal - result.findings.length;
  const seen = `${counted(result.findingsTotal, 'finding', 'findings')} in ${entries} of ${counted(result.users, 'user', 'users')} ${seconds}.`;
  return [
    ...result.findings.map(findingText),
    ...(unlisted > 0 ? [`... and ${count(unlisted)} more, not listed: see --limit.`] : []),
    result.isComplete ? seen : `${seen} What comes after was not checked: see --all.`,
    '',
  ].join('\n');
}

function findingText({ kind, userId, version, detail }: Finding): string {
  const around =
    version === undefined ? '' : ` and version between ${BigInt(version) - 2n} and ${BigInt(version) + 1n}`;
  return [
    `User ${userId}: ${detail} (${kind}).`,
    `  look at: select * from users where id = ${userId};`,
    `           select * from entries where user_id = ${userId}${around} order by version;`,
  ].join('\n');
}

/** The same for `--json`. Ids and versions beyond 2^53-1 are strings. */
export function reportData(result: VerifyResult): object {
  const { users, entries, durationMs, findings, findingsTotal, isComplete } = result;
  const listed = findings.map(({ kind, userId, version, detail }) => ({
    kind,
    userId: exactly(userId),
    ...(version === undefined ? {} : { version: exactly(version) }),
    detail,
  }));
  return { ok: findingsTotal === 0, complete: isComplete, users, entries, durationMs, findingsTotal, findings: listed };
}

function exactly(integer: string): number | string {
  return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer;
}
