import type { ClientBase } from 'pg';
import { StoreError } from './store-error.ts';

/** Who asks for a lease: one launcher, and one of its workers. */
export interface LeaseHolder {
  /** Chosen at random by each launcher: an integer from 1 to 2^23-1. */
  readonly launcherTag: number;
  /** 0 to 255. */
  readonly slot: number;
}

/**
 * - `held`: this session holds the lease until it ends. For `waitMs` more, the launcher before may still answer from
 *   its caches.
 * - `standing_by`: another launcher serves this database.
 * - `busy`: try again at once; somebody is asking at the same moment, or this slot's earlier session is just ending.
 */
export type LeaseAnswer =
  | { readonly kind: 'held'; readonly waitMs: number }
  | { readonly kind: 'standing_by' }
  | { readonly kind: 'busy' };

/** How long a worker may answer from its cache after its last acknowledged statement was sent. */
export const FRESH_FOR_MS = 1000;

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
 * the slots or none, whatever the worker counts are. Throws StoreError when the database takes no writes.
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
  // A session may keep the setting for life, so it is of no more use when the database takes writes again.
  if (gate.rows[0]?.writable !== true) throw new StoreError('not_applied', 'the database takes no writes', '25006');
  if (!gate.rows[0].passed) return { kind: 'busy' };

  const key = holder.launcherTag * 256 + holder.slot;
  const leases = await client.query<{ key: number; pid: number }>(
    `select objid::int as key, pid from pg_locks
     where locktype = 'advisory' and granted and objsubid = 2 and classid = $1::int::oid
       and database = (select oid from pg_database where datname = current_database())`,
    [LEASE_CLASS],
  );
  if (leases.rows.some((lease) => Math.floor(lease.key / 256) !== holder.launcherTag)) return { kind: 'standing_by' };
  const earlier = leases.rows.find((lease) => lease.key === key);
  if (earlier !== undefined) {
    // The process behind it is this one before it reconnected, or one whose exit our launcher has seen.
    await client.query('select pg_terminate_backend($1, $2)', [earlier.pid, EARLIER_SESSION_ENDS_WITHIN_MS]);
    return { kind: 'busy' };
  }
  const lock = await client.query<{ held: boolean }>('select pg_try_advisory_lock($1::int, $2::int) as held', [
    LEASE_CLASS,
    key,
  ]);
  if (lock.rows[0]?.held !== true) return { kind: 'busy' };
  return { kind: 'held', waitMs: await takeTenure(client, holder.launcherTag) };
}

/**
 * Notes which launcher serves from now on. A launcher that finds itself noted already has nobody's answers to wait out,
 * however long its worker or the database was away; where nobody was noted, nobody has ever served.
 */
async function takeTenure(client: ClientBase, launcherTag: number): Promise<number> {
  const result = await client.query<{ wait_ms: number }>(
    `with taken as (
       insert into tenure as last (launcher_tag, since) values ($1, 'epoch')
       on conflict (is_current) do update set launcher_tag = excluded.launcher_tag, since = clock_timestamp()
         where last.launcher_tag <> excluded.launcher_tag
       returning since
     ), present as (select since from taken union all select since from tenure limit 1)
     select greatest(0, $2 - 1000 * extract(epoch from clock_timestamp() - since))::float8 as wait_ms from present`,
    [launcherTag, FRESH_FOR_MS],
  );
  return result.rows[0]?.wait_ms ?? FRESH_FOR_MS;
}
