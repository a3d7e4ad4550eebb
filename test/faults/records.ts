import type { Call, CallResult } from '../history/history.ts';
import type { Exchange } from './http-client.ts';

/** A call as the checker wants it, and what this run wants to know of it besides. */
export interface Recorded {
  readonly userId: number;
  readonly call: Call;
  /** 0: the connection was lost or refused. */
  readonly status: number;
  readonly localPort: number;
  /** The connection was lost, not refused. */
  readonly isLost: boolean;
  /** What the answer said when that is worth telling. */
  readonly note: string;
}

/** What a user is asked for in one call. */
export interface Wish {
  readonly operation: string;
  readonly userId: number;
  /** 0 asks for the balance. */
  readonly amount: number;
  readonly key: string | undefined;
}

/** All calls of one stretch of load, and the only place where operations get their names and amounts. */
export class Records {
  readonly all: Recorded[] = [];
  readonly #amounts = new Map<number, number>();
  #operations = 0;

  /**
   * An amount that no other unkeyed call of the user has, so that an entry tells by it whose it is. Withdrawals are a
   * little more likely, which keeps balances low and a good part of the answers refusals.
   */
  nextAmount(userId: number, isWithdrawal: boolean): number {
    const amount = (this.#amounts.get(userId) ?? 0) + 1;
    this.#amounts.set(userId, amount);
    return isWithdrawal ? -amount : amount;
  }

  nextOperation(prefix: string): string {
    this.#operations += 1;
    return `${prefix}-${this.#operations}`;
  }

  add(wish: Wish, invokedMs: number, completedMs: number, exchange: Exchange): Recorded {
    const { operation, userId, amount, key } = wish;
    const call: Call = {
      operation,
      isKeyed: key !== undefined,
      amount,
      invokedMs,
      completedMs,
      result: resultOf(exchange),
    };
    const { status, localPort } = exchange;
    const note = exchange.kind === 'answered' ? String(exchange.body.code ?? '') : exchange.reason;
    const recorded = { userId, call, status, localPort, isLost: exchange.kind === 'lost', note };
    this.all.push(recorded);
    return recorded;
  }
}

const REFUSALS = ['insufficient_funds', 'balance_limit_exceeded'] as const;

/** Only what the service promises to be without effect counts as such; every other surprise may have had one. */
function resultOf({ kind, status, body, headers }: Exchange): CallResult {
  if (kind === 'unreachable' || status === 503) return { kind: 'not_applied' };
  const balance = Number(body.balance);
  const version = Number(body.version);
  const replayed = headers['idempotency-replayed'] === 'true';
  if (status === 200 && typeof body.operationId === 'string') {
    return { kind: 'done', operationId: body.operationId, balance, version, replayed };
  }
  if (status === 200) return { kind: 'read', balance, version };
  const code = REFUSALS.find((refusal) => refusal === body.code);
  if (code !== undefined) return { kind: 'refused', code, balance, version, replayed };
  return { kind: 'unknown' };
}
