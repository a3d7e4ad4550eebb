import { INTEGER_MAX } from '../domain/operation.ts';
import type { Finding, FindingKind } from './finding.ts';
import type { Walk } from './walk.ts';

/** A user as stored. Integers are text. */
export interface UserRow {
  readonly id: string;
  readonly balance: string;
  readonly version: string;
}

/** Two entries of one user with one operation id. */
export interface RepeatedOperation {
  readonly operationId: string;
  readonly firstVersion: string;
  readonly lastVersion: string;
}

/** All findings on a user, from one snapshot of the user and of a walk over all entries (null: there are none). */
export function judgeUser(user: UserRow, walk: Walk | null, repeated: RepeatedOperation | null): readonly Finding[] {
  return list(user.id, [balanceFault(user, walk), startFault(walk), ...commonFaults(user, walk, repeated)]);
}

/**
 * The same from the newest entries only, oldest of them first. That the balance is the sum of all entries cannot be
 * seen then; that it is where the newest entry ended can.
 */
export function judgeNewest(user: UserRow, walk: Walk | null, repeated: RepeatedOperation | null): readonly Finding[] {
  if (walk === null || walk.firstVersion === '1') return judgeUser(user, walk, repeated);
  return list(user.id, [endFault(user, walk), ...commonFaults(user, walk, repeated)]);
}

/** The finding on entries whose user does not exist. */
export function judgeOrphan(walk: Walk): Finding {
  const detail = `there is no such user, but ${counted(walk.entries)} of it, from version ${walk.firstVersion} to ${walk.lastVersion}`;
  return { kind: 'orphan_entry', userId: walk.userId, version: walk.firstVersion, detail };
}

interface Fault {
  readonly kind: FindingKind;
  readonly version?: string;
  readonly detail: string;
}

function list(userId: string, faults: readonly (Fault | null)[]): readonly Finding[] {
  const seen = new Set<FindingKind>();
  const findings: Finding[] = [];
  for (const fault of faults) {
    if (fault === null || seen.has(fault.kind)) continue;
    seen.add(fault.kind);
    const { kind, ...rest } = fault;
    findings.push({ kind, userId, ...rest });
  }
  return findings;
}

function commonFaults(user: UserRow, walk: Walk | null, repeated: RepeatedOperation | null): readonly (Fault | null)[] {
  return [
    chainFault(walk),
    gapFault(walk),
    versionFault(user, walk),
    userRangeFault(user),
    entryRangeFault(walk),
    refusalFault(walk),
    repeatFault(repeated),
  ];
}

function balanceFault(user: UserRow, walk: Walk | null): Fault | null {
  const total = walk?.total ?? '0';
  if (user.balance === total) return null;
  const sum = walk === null ? 'there is no entry' : `the sum of ${counted(walk.entries)} is ${total}`;
  return { kind: 'balance_mismatch', detail: `the balance is ${user.balance}, but ${sum}` };
}

function endFault(user: UserRow, walk: Walk): Fault | null {
  if (user.balance === walk.lastBalance) return null;
  const detail = `the balance is ${user.balance}, but entry ${walk.lastVersion}, the newest, ended at ${walk.lastBalance}`;
  return { kind: 'balance_mismatch', version: walk.lastVersion, detail };
}

function startFault(walk: Walk | null): Fault | null {
  if (walk === null) return null;
  const { firstVersion: version, firstStart } = walk;
  if (version !== '1') return { kind: 'version_gap', version, detail: `the first entry is ${version}, not 1` };
  if (firstStart === null || firstStart === '0') return null;
  return { kind: 'broken_chain', version, detail: `entry 1 starts at ${firstStart}, not at 0` };
}

function chainFault(walk: Walk | null): Fault | null {
  if (walk === null || walk.broken === null) return null;
  const [version, previousBalance, start] = walk.broken;
  const detail = `entry ${version} starts at ${start}, but the one before it ended at ${previousBalance}`;
  return { kind: 'broken_chain', version, detail };
}

function gapFault(walk: Walk | null): Fault | null {
  if (walk === null || walk.gap === null) return null;
  const [version, previous] = walk.gap;
  return { kind: 'version_gap', version, detail: `entry ${version} follows entry ${previous}` };
}

function versionFault(user: UserRow, walk: Walk | null): Fault | null {
  const last = walk?.lastVersion ?? '0';
  if (user.version === last) return null;
  const newest = walk === null ? 'there is no entry' : `the newest entry is ${last}`;
  return { kind: 'version_gap', detail: `the user is at version ${user.version}, but ${newest}` };
}

function userRangeFault({ balance }: UserRow): Fault | null {
  const value = BigInt(balance);
  if (value >= 0n && value <= BigInt(INTEGER_MAX)) return null;
  return { kind: 'negative', detail: `the balance is ${balance}, not from 0 to ${INTEGER_MAX}` };
}

function entryRangeFault(walk: Walk | null): Fault | null {
  if (walk === null || walk.outOfRange === null) return null;
  const [version, balance, amount] = walk.outOfRange;
  const detail = `entry ${version} has the amount ${amount} and the balance ${balance}: one of them is out of range`;
  return { kind: 'negative', version, detail };
}

function refusalFault(walk: Walk | null): Fault | null {
  if (walk === null || walk.malformed === null) return null;
  const detail =
    `entry ${walk.malformed} is neither a change (an amount that is not 0, no code, nothing requested) nor a recorded ` +
    'refusal (amount 0, and a code and a requested amount that agree with its balance)';
  return { kind: 'malformed_refusal', version: walk.malformed, detail };
}

function repeatFault(repeated: RepeatedOperation | null): Fault | null {
  if (repeated === null) return null;
  const { operationId, firstVersion, lastVersion } = repeated;
  const detail = `the entries ${firstVersion} and ${lastVersion} have the same operation id, ${operationId}`;
  return { kind: 'duplicate_operation', version: lastVersion, detail };
}

const counted = (entries: number): string => (entries === 1 ? '1 entry' : `${entries} entries`);
