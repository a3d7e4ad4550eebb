import { randomBytes } from 'node:crypto';
import type { Finding } from './finding.ts';
import { judgeNewest } from './judge.ts';
import { closeReader, onSnapshot, openReader } from './snapshot.ts';
import { findRepeated, type Queryable, readIdRange, readUsersFrom, walkNewest } from './walk-statements.ts';

export interface SampleOptions {
  readonly databaseUrl: string;
  readonly users: number;
  /** Of each user only so many of the newest entries are looked at, so that a user with millions costs little. */
  readonly entriesPerUser: number;
}

export interface SampleResult {
  readonly users: number;
  readonly entries: number;
  readonly findings: readonly Finding[];
}

/** A sample is drawn from so many places; around each it takes the users that follow. */
const POINTS = 10;

/**
 * Checks users picked at random, on one snapshot of a live database. It costs a few hundred looks into the indexes,
 * however large the tables are. Ids with a wide gap before them are picked more often. Of a user with more than
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
  if (range === null) return { users: 0, entries: 0, findings: [] };
  const points = Math.min(POINTS, options.users);
  const ids = Array.from({ length: points }, () => randomBetween(BigInt(range.min), BigInt(range.max)));
  const users = (await readUsersFrom(client, ids, Math.ceil(options.users / points))).slice(0, options.users);
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
  return { users: users.length, entries, findings };
}

/** Uniform but for a bias of 2^-64. */
function randomBetween(min: bigint, max: bigint): string {
  return String(min + (randomBytes(8).readBigUInt64BE() * (max - min + 1n)) / 2n ** 64n);
}
