import { replayedCreation } from '../domain/answers.ts';
import type { Account } from '../domain/decide.ts';
import type { Creation, UserId, Version } from '../domain/operation.ts';
import { failed, type Outcome, rejected } from '../domain/outcome.ts';
import { hasOpeningEntry, type Inspection } from '../store/ledger.ts';
import { StoreError } from '../store/store-error.ts';
import { type Backoff, jitteredMs } from '../time/backoff.ts';
import { type Clock, delay } from '../time/clock.ts';
import type { Accounts } from './accounts.ts';
import type { Admissions, Pending } from './admissions.ts';
import type { Creations, Sendings } from './creations.ts';
import type { KeyedMutex } from './keyed-mutex.ts';

const PAUSE: Backoff = { firstMs: 20, maxMs: 250 };

export interface CreationContext {
  readonly accounts: Accounts;
  readonly mutex: KeyedMutex<UserId>;
  readonly admissions: Admissions;
  readonly creations: Creations;
  readonly clock: Clock;
}

/**
 * Creates a user. Rivals need no mutex: the statement creates each user once, and there is no balance yet to decide on.
 * After a lost connection the same statement is sent again: what it finds then may be its own work. Ends when the
 * operation is settled at the latest, plus one answer of the store.
 */
export async function createUser(context: CreationContext, pending: Pending<Creation>): Promise<Outcome> {
  const { admissions, clock, creations } = context;
  const creation = pending.operation;
  let sendings: Sendings = { mayBeOurs: creation.isRetry, wasLocked: false };
  for (let failures = 0; await admissions.whenFresh(pending); failures += 1) {
    try {
      if (!sendings.mayBeOurs && (await isKnownToExist(context, creation))) return rejected('user_exists');
      const found = await creations.create(pending, sendings);
      return found === null ? createdNow(creation) : explainConflict(creation, found, sendings.mayBeOurs);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error.failure === 'rejected') return failed('internal');
      sendings = {
        mayBeOurs: sendings.mayBeOurs || error.failure === 'unknown',
        wasLocked: error.failure === 'locked',
      };
      await delay(clock, jitteredMs(clock, PAUSE, failures));
    }
  }
  return failed(sendings.mayBeOurs ? 'outcome_unknown' : 'not_ready');
}

/**
 * A read tells it without the writer's session. Not with a key, which may make the answer a replay; and what cannot be
 * read is left to the statement.
 */
async function isKnownToExist({ accounts, mutex }: CreationContext, creation: Creation): Promise<boolean> {
  if (creation.idempotencyKey !== null) return false;
  try {
    const { userId } = creation;
    return (await mutex.runExclusive(userId, () => accounts.fetch(userId))) !== undefined;
  } catch (error) {
    if (error instanceof StoreError) return false;
    throw error;
  }
}

/** The user exists: by this very creation, by the creation that this one repeats, or by another. */
function explainConflict(creation: Creation, found: Inspection, mayBeOurs: boolean): Outcome {
  const opening = found.entries.find((entry) => entry.operationId === creation.id);
  if (opening !== undefined) return createdNow(creation);
  const keyed = found.entries.find((entry) => entry.idempotencyKey === (creation.idempotencyKey ?? undefined));
  if (keyed !== undefined) return replayedCreation(creation, keyed);
  // An empty account without a key leaves no entry that could tell whose it is; another's may have left one.
  const isOfAnother = hasOpeningEntry(creation) || found.entries.some((entry) => entry.source === 'opening');
  const couldBeOurs = mayBeOurs && !isOfAnother;
  return couldBeOurs ? failed('outcome_unknown') : rejected('user_exists');
}

function createdNow(creation: Creation): Outcome {
  const { balance, version } = openingAccount(creation);
  return { kind: 'created', userId: creation.userId, balance, version, replayed: false };
}

function openingAccount(creation: Creation): Account {
  return { balance: creation.balance, version: (hasOpeningEntry(creation) ? 1 : 0) as Version };
}
