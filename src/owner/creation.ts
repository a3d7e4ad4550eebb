import { replayedCreation } from '../domain/answers.ts';
import type { Account } from '../domain/decide.ts';
import type { Creation, Version } from '../domain/operation.ts';
import { failed, type Outcome, rejected } from '../domain/outcome.ts';
import { hasOpeningEntry, type Inspection, type Lease, type LedgerWriter } from '../store/ledger.ts';
import { StoreError } from '../store/store-error.ts';
import { type Clock, delay } from '../time/clock.ts';

const PAUSE_MS = 20;
const FIRST_VERSION = 1 as Version;

export interface CreationContext {
  readonly writer: LedgerWriter;
  readonly lease: Lease;
  readonly clock: Clock;
}

/**
 * Creates a user, under the user's mutex. After a lost connection the same statement is sent again: what it finds then
 * may be its own work. Ends at the operation's deadline at the latest, plus one answer of the store.
 */
export async function createUser(context: CreationContext, creation: Creation): Promise<Outcome> {
  const { writer, lease, clock } = context;
  let mayBeOurs = creation.isRetry;
  while (clock.now() < creation.deadlineMs) {
    try {
      if (await writer.create(creation)) return createdNow(creation);
      const found = await writer.inspect(creation.userId, FIRST_VERSION, keysOf(creation));
      const outcome = explainConflict(creation, found, mayBeOurs);
      if (outcome.kind === 'created') await writer.confirmDurable();
      return outcome;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error.failure === 'rejected') return failed('internal');
      if (error.failure === 'unknown') mayBeOurs = true;
      await delay(clock, PAUSE_MS);
      await lease.whenFresh();
    }
  }
  return failed(mayBeOurs ? 'outcome_unknown' : 'not_ready');
}

/** The user exists: by this very creation, by the creation that this one repeats, or by another. */
function explainConflict(creation: Creation, found: Inspection, mayBeOurs: boolean): Outcome {
  const opening = found.entries.find((entry) => entry.operationId === creation.id);
  if (opening !== undefined) return createdNow(creation);
  const keyed = found.entries.find((entry) => entry.idempotencyKey === (creation.idempotencyKey ?? undefined));
  if (keyed !== undefined) return replayedCreation(creation, keyed);
  // An empty account without a key leaves no entry that could tell whose it is.
  const couldBeOurs = mayBeOurs && !hasOpeningEntry(creation) && found.account?.version === 0;
  return couldBeOurs ? failed('outcome_unknown') : rejected('user_exists');
}

function createdNow(creation: Creation): Outcome {
  const { balance, version } = openingAccount(creation);
  return { kind: 'created', userId: creation.userId, balance, version, replayed: false };
}

function openingAccount(creation: Creation): Account {
  return { balance: creation.balance, version: (hasOpeningEntry(creation) ? 1 : 0) as Version };
}

const keysOf = (creation: Creation): readonly string[] =>
  creation.idempotencyKey === null ? [] : [creation.idempotencyKey];
