import type { Random } from '../support/random.ts';
import type { Call, CallResult, LedgerEntry, UserHistory } from './history.ts';

/** The first answer under a key, as it is to be given again. */
type FirstAnswer = Extract<CallResult, { readonly kind: 'done' | 'refused' }>;

export interface GeneratorOptions {
  readonly callCount: number;
  readonly openingBalance: number;
  /** How far a call may begin before and end after its instant: the wider, the more calls overlap. */
  readonly spreadMs: number;
}

/** One instant of the simulated account per step; the amounts are small, so that short histories meet refusals. */
const STEP_MS = 10;
const AMOUNTS = [-3, -2, -2, -1, 1, 2] as const;
const KEYS = ['key-1', 'key-2', 'key-3'] as const;

/**
 * A legal history: one sequential account, each call answered by it at one instant inside the call. Some answers get
 * lost, with and without the effect; some calls are turned away; some changes come from outside.
 */
export function generateHistory(random: Random, options: GeneratorOptions): UserHistory {
  const account = new SimulatedAccount(options.openingBalance);
  const calls: Call[] = [];
  for (let step = 1; step <= options.callCount; step += 1) {
    if (random.chance(0.1)) account.changeFromOutside(random.integer(1, 3));
    calls.push(drawCall(random, account, step, options));
  }
  // In the order of their beginnings, as a recorder would have them: the order of effects is nowhere to be seen.
  calls.sort((a, b) => a.invokedMs - b.invokedMs);
  const { entries, balance, version } = account;
  return { userId: 1, openingBalance: options.openingBalance, calls, entries, account: { balance, version } };
}

function drawCall(random: Random, account: SimulatedAccount, step: number, { spreadMs }: GeneratorOptions): Call {
  const isRead = random.chance(0.2);
  const isKeyed = !isRead && random.chance(0.4);
  // Long histories need keys of their own after a while: one for each ten steps or so.
  const operation = isKeyed ? `${random.pick(KEYS)}-${Math.floor(step / 12)}` : `call-${step}`;
  const amount = isRead ? 0 : isKeyed ? amountUnder(operation) : random.pick(AMOUNTS);
  const invokedMs = step * STEP_MS - random.integer(0, spreadMs);
  const completedMs = step * STEP_MS + random.integer(0, spreadMs);
  const call = { operation, isKeyed, amount, invokedMs, completedMs };
  const fate = random.next();
  if (fate < 0.08) return { ...call, result: { kind: 'not_applied' } };
  if (fate < 0.14) return { ...call, result: { kind: 'unknown' } };
  const result = account.answer(operation, isKeyed, amount);
  if (fate < 0.28)
    return { ...call, completedMs: random.chance(0.3) ? Infinity : completedMs, result: { kind: 'unknown' } };
  return { ...call, result };
}

/** The same for all sendings of a key: now a withdrawal that is likely refused, now one that is not. */
function amountUnder(operation: string): number {
  return operation.startsWith('key-1') ? -4 : operation.startsWith('key-2') ? -1 : 2;
}

/** Balance, version, ledger and first answers of one user, with no concurrency at all. */
class SimulatedAccount {
  balance: number;
  version = 0;
  readonly entries: LedgerEntry[] = [];
  readonly #firstAnswers = new Map<string, FirstAnswer>();

  constructor(openingBalance: number) {
    this.balance = openingBalance;
  }

  changeFromOutside(amount: number): void {
    this.#write(amount, null, null);
  }

  answer(operation: string, isKeyed: boolean, amount: number): CallResult {
    if (amount === 0) return { kind: 'read', balance: this.balance, version: this.version };
    const first = this.#firstAnswers.get(operation);
    if (first !== undefined) return { ...first, replayed: true };
    const answer = this.#decide(operation, isKeyed, amount);
    if (isKeyed) this.#firstAnswers.set(operation, answer);
    return answer;
  }

  #decide(operation: string, isKeyed: boolean, amount: number): FirstAnswer {
    if (this.balance + amount >= 0) {
      const operationId = this.#write(amount, operation, null);
      return { kind: 'done', operationId, balance: this.balance, version: this.version, replayed: false };
    }
    if (isKeyed) this.#write(0, operation, amount);
    const code = 'insufficient_funds';
    return { kind: 'refused', code, balance: this.balance, version: this.version, replayed: false };
  }

  #write(amount: number, operation: string | null, requested: number | null): string {
    this.balance += amount;
    this.version += 1;
    const { balance, version } = this;
    const operationId = `id-${version}`;
    this.entries.push({ version, amount, balance, operationId, operation, requested });
    return operationId;
  }
}
