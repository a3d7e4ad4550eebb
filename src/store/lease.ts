import type { ClientBase } from 'pg';

/** Who asks for a lease: one launcher, and one of its workers. */
export interface LeaseHolder {
  /** Chosen at random by each launcher: an integer from 1 to 2^23-1. */
  readonly launcherTag: number;
  /** 0 to 255. */
  readonly slot: number;
}

/**
 * - `held`: this session holds the lease until it ends.
 * - `standing_by`: another launcher serves this database, or the database takes no writes.
 * - `busy`: try again at once; somebody is asking at the same moment, or this slot's earlier session is just ending.
 */
export type LeaseAnswer = 'held' | 'standing_by' | 'busy';

export const LAUNCHER_TAG_MAX = 2 ** 23 - 1;

// The first half of the advisory lock's key pairs: any two numbers that nobody else uses in the same database.
const LEASE_CLASS = 0x68_75_62_6c;
const GATE_CLASS = 0x68_75_62_67;
const EARLIER_SESSION_ENDS_WITHIN_MS = 1000;

/**
 * Tries to take the lease of one slot, as a session advisory lock on (LEASE_CLASS, launcher and slot).
 *
 * All askers pass one gate, a transaction lock that is only ever tried, so none queues in the lock manager. Behind it
 * pg_locks cannot change in the one way that matters: a lease of another launcher appearing. So one launcher has all
 * the slots or none, whatever the worker counts are.
 */
export async function tryLease(client: ClientBase, holder: LeaseHolder): Promise<LeaseAnswer> {
  await client.query('begin');
  try {
    const answer = await askBehindGate(client, holder);
    await client.query('commit');
    return answer;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

async function askBehindGate(client: ClientBase, holder: LeaseHolder): Promise<LeaseAnswer> {
  const gate = await client.query<{ passed: boolean; writable: boolean }>(
    `select pg_try_advisory_xact_lock($1::int, 0) as passed, current_setting('transaction_read_only') = 'off' as writable`,
    [GATE_CLASS],
  );
  if (gate.rows[0]?.writable !== true) return 'standing_by';
  if (!gate.rows[0].passed) return 'busy';

  const key = holder.launcherTag * 256 + holder.slot;
  const leases = await client.query<{ key: number; pid: number }>(
    `select objid::int as key, pid from pg_locks
     where locktype = 'advisory' and granted and objsubid = 2 and classid = $1::int::oid
       and database = (select oid from pg_database where datname = current_database())`,
    [LEASE_CLASS],
  );
  if (leases.rows.some((lease) => Math.floor(lease.key / 256) !== holder.launcherTag)) return 'standing_by';
  const earlier = leases.rows.find((lease) => lease.key === key);
  if (earlier !== undefined) {
    // The process behind it is this one before it reconnected, or one whose exit our launcher has seen.
    await client.query('select pg_terminate_backend($1, $2)', [earlier.pid, EARLIER_SESSION_ENDS_WITHIN_MS]);
    return 'busy';
  }
  const lock = await client.query<{ held: boolean }>('select pg_try_advisory_lock($1::int, $2::int) as held', [
    LEASE_CLASS,
    key,
  ]);
  return lock.rows[0]?.held === true ? 'held' : 'busy';
}
