import type { Amount, UserId } from '../domain/operation.ts';
import { BodyScanner, type Defect, type Member } from './body-scanner.ts';
import { AMOUNT, USER_ID } from './change-members.ts';
import { parseIdempotencyKey } from './idempotency-key.ts';
import { BATCH_ITEMS_MAX } from './limits.ts';

/** One change that a batch asks for; `idempotencyKey` as the caller wrote it, or null. */
export interface RequestedChange {
  readonly userId: UserId;
  readonly amount: Amount;
  readonly idempotencyKey: string | null;
}

export interface RequestedChanges {
  readonly kind: 'changes';
  readonly changes: readonly RequestedChange[];
}

const OPERATIONS: Member = { name: 'operations', isRequired: true };
const IDEMPOTENCY_KEY: Member = { name: 'idempotencyKey', isRequired: false };
const bodyMembers = [OPERATIONS];
const itemMembers = [USER_ID, AMOUNT, IDEMPOTENCY_KEY];

/** Takes one item after the other, keeping what the present one has said so far. */
class ItemScanner {
  readonly changes: RequestedChange[] = [];
  readonly #scanner: BodyScanner;
  #userId = 0;
  #amount = 0;
  #idempotencyKey: string | null = null;

  constructor(scanner: BodyScanner) {
    this.#scanner = scanner;
  }

  readonly scanItem = (): boolean => {
    this.#idempotencyKey = null;
    const seen = this.#scanner.scanObject(itemMembers, this.#scanValue);
    if (seen === -1 || !this.#scanner.hasAll(itemMembers, seen)) return false;
    const userId = this.#userId as UserId;
    this.changes.push({ userId, amount: this.#amount as Amount, idempotencyKey: this.#idempotencyKey });
    return true;
  };

  readonly #scanValue = (member: number): boolean => {
    switch (itemMembers[member]) {
      case USER_ID:
        this.#userId = this.#scanner.scanInteger(USER_ID) ?? 0;
        return this.#userId !== 0;
      case AMOUNT:
        this.#amount = this.#scanner.scanInteger(AMOUNT) ?? 0;
        return this.#amount !== 0;
      default:
        return this.#scanKey();
    }
  };

  /** The same rules as for the header field, so that a change has the same key whichever way it is sent. */
  #scanKey(): boolean {
    const text = this.#scanner.scanText(IDEMPOTENCY_KEY.name);
    if (text === null) return false;
    const key = parseIdempotencyKey(text);
    if (key !== null && typeof key !== 'string') return this.#scanner.fails(key.detail);
    this.#idempotencyKey = key;
    return true;
  }
}

/**
 * Reads `{"operations": [{"userId", "amount", "idempotencyKey"?}, ...]}`, as strictly as the body of a single change.
 * One bad item makes the whole body bad; `detail` names its index, from 0.
 */
export function parseOperationsBody(body: Buffer): RequestedChanges | Defect {
  const scanner = new BodyScanner(body);
  const items = new ItemScanner(scanner);
  const scanOperations = () => scanner.scanArray(OPERATIONS.name, BATCH_ITEMS_MAX, items.scanItem);
  const seen = scanner.scanObject(bodyMembers, scanOperations);
  const isSound = seen !== -1 && scanner.ends() && scanner.hasAll(bodyMembers, seen);
  return isSound ? { kind: 'changes', changes: items.changes } : { kind: 'defect', detail: scanner.detail };
}
