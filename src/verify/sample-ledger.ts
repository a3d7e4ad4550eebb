import { randomBytes } from 'node:crypto';
import type { Finding } from './finding.ts';
import { judgeNewest } from './judge.ts';
import { closeReader, onSnapshot, openReader } from './snapshot.ts';
import { findRepeated, type Queryable, readIdRange, readUsers, readUsersFrom, walkNewest } from './walk-statements.ts';

export interface SampleOptions {
  readonly databaseUrl: string;
  readonly users: number;
  /** The walk goes on behind this id: '0' begins it. */
  readonly after: string;
  /** Of each user only so many of the newest entries are looked at, so that a user with millions costs little. */
  readonly entriesPerUser: number;
}

export interface SampleResult {
  readonly users: number;
  readonly entries: number;
  readonly findings: readonly Finding[];
  /** Where the next sample goes on; '0' once the walk has come to the last user. */
  readonly after: string;
}

/** Chance draws from so many places; from each it takes the users that follow. */
const POINTS = 10;

/**
 * Checks a sample of users, on one snapshot of a live database. It costs a few hundred looks into the indexes, however large
 * the tables are. Half of the sample walks through all users in the order of their ids, so that each has its turn; the other
 * half is drawn by chance, and ids with a wide gap before them are drawn more often. Of a user with more than
 * `entriesPerUser` entries it sees that the newest of them chain up to the balance, not that all sum up to it; and it
 * does not look for entries without a user. Throws what `pg` throws.
 */
export async function sampleLedger(options: SampleOptions): Promise<SampleResult> {
  const client = await openReader(options.databaseUrl);
  try {
    return await onSnapshot(client, () => checkSample(client, options));
  } finally {
    await closeReader(client);
  }
}

async function checkSample(client: Queryable, options: SampleOptions): Promise<SampleResult> {
  const range = await readIdRange(client);
  if (range === null) return { users: 0, entries: 0, findings: [], after: '0' };
  const share = Math.ceil(options.users / 2);
  const walked = await readUsers(client, options.after, range.max, share);
  const points = Math.min(POINTS, options.users);
  const ids = Array.from({ length: points }, () => randomBetween(BigInt(range.min), BigInt(range.max)));
  const drawn = await readUsersFrom(client, ids, Math.ceil(options.users / points));
  const byId = new Map([...walked, ...drawn].map((user) => [user.id, user]));
  const users = [...byId.values()].slice(0, options.users);
  const userIds = users.map((user) => user.id);
  const walks = new Map((await walkNewest(client, userIds, options.entriesPerUser)).map((walk) => [walk.userId, walk]));
  const findings: Finding[] = [];
  let entries = 0;
  for (const user of users) {
    const walk = walks.get(user.id) ?? null;
    entries += walk?.entries ?? 0;
    const isRepeated = walk?.hasRepeatedOperation === true;
    const repeated = isRepeated ? await findRepeated(client, user.id, walk.firstVersion) : null;
    findings.push(...judgeNewest(user, walk, repeated));
  }
  const after = walked.length < share ? '0' : (walked.at(-1)?.id ?? '0');
  return { users: users.length, entries, findings, after };
}

/** Uniform but for a bias of 2^-64. */
function randomBetween(min: bigint, max: bigint): string {
  return String(min + (randomBytes(8).readBigUInt64BE() * (max - min + 1n)) / 2n ** 64n);
}
