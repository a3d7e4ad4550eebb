import type { Call, LedgerEntry, UserHistory } from './history.ts';

/**
 * Judges by search what the checker judges by rules: tries every order of the calls that real time allows (Wing & Gong,
 * 1993), each run on a sequential account, and forgets no state it has seen (Lowe, 2017). It looks at calls, answers and
 * the final account only, never at entries; of outsiders it takes the amounts of their changes, in order. Exponential:
 * for about a dozen calls.
 */
export interface Question {
  readonly openingBalance: number;
  readonly calls: readonly Call[];
  /** Changes by plain SQL, in the order of the ledger. They have no times: each happens at any instant. */
  readonly outsideAmounts: readonly number[];
  readonly account: UserHistory['account'];
}

/** What a key stands for once it was used. `operationId` is null until an answer names it. */
interface Used {
  readonly kind: 'done' | 'refused';
  readonly amount: number;
  readonly balance: bigint;
  readonly version: number;
  readonly operationId: string | null;
}

interface State {
  readonly balance: bigint;
  readonly version: number;
  readonly operations: ReadonlyMap<string, Used>;
  /** How many of the outside changes have happened. */
  readonly outside: number;
  readonly written: readonly LedgerEntry[];
}

const LIMIT = 2n ** 53n - 1n;
const CALLS_MAX = 20;

/** The ledger of one order in which every answer is true, or null when there is none. */
export function searchOrder(question: Question): readonly LedgerEntry[] | null {
  if (question.calls.length > CALLS_MAX) throw new RangeError(`at most ${CALLS_MAX} calls can be searched`);
  const calls = question.calls.filter((call) => call.result.kind !== 'not_applied');
  const start: State = {
    balance: BigInt(question.openingBalance),
    version: 0,
    operations: new Map(),
    outside: 0,
    written: [],
  };
  return explore(start, calls, question, new Set());
}

function explore(
  state: State,
  open: readonly Call[],
  question: Question,
  visited: Set<string>,
): readonly LedgerEntry[] | null {
  if (isEnd(state, open, question)) return nameIds(state);
  const label = labelOf(state, open, question);
  if (visited.has(label)) return null;
  visited.add(label);
  const outside = question.outsideAmounts[state.outside];
  const changed = outside === undefined ? null : changeOutside(state, outside);
  if (changed !== null) {
    const found = explore(changed, open, question, visited);
    if (found !== null) return found;
  }
  for (const call of open) {
    if (open.some((other) => mustPrecede(other, call))) continue;
    const next = run(state, call);
    if (next === null) continue;
    const found = explore(
      next,
      open.filter((other) => other !== call),
      question,
      visited,
    );
    if (found !== null) return found;
  }
  return null;
}

/** An unknown call may take effect long after its caller gave up, so it precedes nothing. */
function mustPrecede(other: Call, call: Call): boolean {
  return other.result.kind !== 'unknown' && other.completedMs < call.invokedMs;
}

/** Unknown calls that are still open never took effect. */
function isEnd(state: State, open: readonly Call[], { account, outsideAmounts }: Question): boolean {
  return (
    open.every((call) => call.result.kind === 'unknown') &&
    state.outside === outsideAmounts.length &&
    state.version === account.version &&
    state.balance === BigInt(account.balance)
  );
}

function labelOf(state: State, open: readonly Call[], { calls }: Question): string {
  const used = [...state.operations]
    .map(([name, { version, operationId }]) => `${name}=${version}/${operationId}`)
    .sort();
  return `${open.map((call) => calls.indexOf(call))}|${state.balance}@${state.version}+${state.outside}|${used}`;
}

/** The account after the call, or null when the account would have answered otherwise. */
function run(state: State, call: Call): State | null {
  if (call.amount === 0) return answersTo(call, state) ? state : null;
  const used = state.operations.get(call.operation);
  if (used !== undefined) return call.isKeyed ? repeat(state, call, used) : null;
  const sum = state.balance + BigInt(call.amount);
  if (sum >= 0n && sum <= LIMIT) return apply(state, call, sum);
  return refuse(state, call, sum < 0n ? 'insufficient_funds' : 'balance_limit_exceeded');
}

function answersTo({ result }: Call, { balance, version }: State): boolean {
  if (result.kind === 'unknown') return true;
  return result.kind === 'read' && BigInt(result.balance) === balance && result.version === version;
}

function apply(state: State, call: Call, balance: bigint): State | null {
  const { result } = call;
  const version = state.version + 1;
  if (result.kind !== 'unknown') {
    if (result.kind !== 'done' || (result.replayed && !call.isKeyed)) return null;
    if (BigInt(result.balance) !== balance || result.version !== version || isTaken(state, result.operationId))
      return null;
  }
  const operationId = result.kind === 'done' ? result.operationId : null;
  const used: Used = { kind: 'done', amount: call.amount, balance, version, operationId };
  return write(state, call, used);
}

function refuse(state: State, call: Call, code: string): State | null {
  const { result } = call;
  const version = call.isKeyed ? state.version + 1 : state.version;
  if (result.kind !== 'unknown') {
    if (result.kind !== 'refused' || result.code !== code || (result.replayed && !call.isKeyed)) return null;
    if (BigInt(result.balance) !== state.balance || result.version !== version) return null;
  }
  if (!call.isKeyed) return state;
  return write(state, call, {
    kind: 'refused',
    amount: call.amount,
    balance: state.balance,
    version,
    operationId: null,
  });
}

function repeat(state: State, call: Call, used: Used): State | null {
  const { result, amount } = call;
  if (result.kind === 'unknown') return state;
  if (result.kind !== used.kind || result.version !== used.version || amount !== used.amount) return null;
  if (BigInt(result.balance) !== used.balance || !result.replayed) return null;
  if (result.kind === 'refused')
    return result.code === (amount < 0 ? 'insufficient_funds' : 'balance_limit_exceeded') ? state : null;
  if (used.operationId !== null) return used.operationId === result.operationId ? state : null;
  if (isTaken(state, result.operationId)) return null;
  const operations = new Map(state.operations).set(call.operation, { ...used, operationId: result.operationId });
  return { ...state, operations };
}

function isTaken(state: State, operationId: string): boolean {
  return [...state.operations.values()].some((used) => used.operationId === operationId);
}

function write(state: State, call: Call, used: Used): State {
  const entry: LedgerEntry = {
    version: used.version,
    amount: used.kind === 'done' ? used.amount : 0,
    balance: Number(used.balance),
    operationId: '',
    operation: call.operation,
    requested: used.kind === 'done' ? null : used.amount,
  };
  const operations = new Map(state.operations).set(call.operation, used);
  return { ...state, balance: used.balance, version: used.version, operations, written: [...state.written, entry] };
}

function changeOutside(state: State, amount: number): State | null {
  const balance = state.balance + BigInt(amount);
  if (balance < 0n || balance > LIMIT) return null;
  const version = state.version + 1;
  const entry = { version, amount, balance: Number(balance), operationId: '', operation: null, requested: null };
  return { ...state, balance, version, outside: state.outside + 1, written: [...state.written, entry] };
}

/** Gives each entry the id that an answer named, or one that nobody has. */
function nameIds({ written, operations }: State): readonly LedgerEntry[] {
  return written.map((entry) => {
    const named = entry.operation === null ? null : operations.get(entry.operation)?.operationId;
    return { ...entry, operationId: named ?? `unnamed-${entry.version}` };
  });
}
