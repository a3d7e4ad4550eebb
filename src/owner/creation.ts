import { replayedCreation } from '../domain/answers.ts';
import type { Account } from '../domain/decide.ts';
import type { Creation, Version } from '../domain/operation.ts';
import { failed, type Outcome, rejected } from '../domain/outcome.ts';
import { hasOpeningEntry, type Inspection, type LedgerWriter } from '../store/ledger.ts';
import { StoreError } from '../store/store-error.ts';
import { type Clock, delay } from '../time/clock.ts';
import type { Accounts } from './accounts.ts';
import type { Admissions, Pending } from './admissions.ts';
import type { Creations } from './creations.ts';

const PAUSE_MS = 20;
const FIRST_VERSION = 1 as Version;

export interface CreationContext {
  readonly accounts: Accounts;
  readonly admissions: Admissions;
  readonly creations: Creations;
  readonly writer: LedgerWriter;
  readonly clock: Clock;
}

/**
 * Creates a user, under the user's mutex. After a lost connection the same statement is sent again: what it finds then
 * may be its own work. Ends when the operation is settled at the latest, plus one answer of the store.
 */
export async function createUser(context: CreationContext, pending: Pending<Creation>): Promise<Outcome> {
  const { admissions, clock, creations } = context;
  const creation = pending.operation;
  let mayBeOurs = creation.isRetry;
  while (await admissions.whenFresh(pending)) {
    try {
      if (!mayBeOurs && (await isKnownToExist(context, creation))) return rejected('user_exists');
      if (await creations.create(pending)) return createdNow(creation);
      return await creations.lookUp(() => lookUpConflict(context, pending, mayBeOurs));
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error.failure === 'rejected') return failed('internal');
      if (error.failure === 'unknown') mayBeOurs = true;
      if (!mayBeOurs && pending.state === 'in_flight') pending.state = 'waiting';
      await delay(clock, PAUSE_MS);
    }
  }
  return failed(mayBeOurs ? 'outcome_unknown' : 'not_ready');
}

/**
 * A read tells it without the writer's session. Not with a key, which may make the answer a replay; and what cannot be
 * read is left to the statement.
 */
async function isKnownToExist({ accounts }: CreationContext, creation: Creation): Promise<boolean> {
  if (creation.idempotencyKey !== null) return false;
  const account = await accounts.fetch(creation.userId).catch((error: unknown) => {
    if (error instanceof StoreError) return undefined;
    throw error;
  });
  return account !== undefined;
}

async function lookUpConflict(
  { writer }: CreationContext,
  pending: Pending<Creation>,
  mayBeOurs: boolean,
): Promise<Outcome> {
  const creation = pending.operation;
  if (pending.state === 'settled') return failed('not_ready');
  const found = await writer.inspect(creation.userId, FIRST_VERSION, keysOf(creation));
  const outcome = explainConflict(creation, found, mayBeOurs);
  if (outcome.kind === 'created') await writer.confirmDurable();
  return outcome;
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
