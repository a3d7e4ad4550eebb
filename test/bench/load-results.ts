import type { LoadResult } from '../../bench/load-protocol.ts';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** What the load generator returns after these answers, in this order. */
export function loadOf(answers: readonly Answer[], errors: LoadResult['errors'] = {}): LoadResult {
  return {
    wallMs: 10,
    statuses: answers.map((answer) => answer.status),
    latenciesMs: answers.map(() => 1),
    bodies: answers.map(({ body }) => (typeof body === 'string' ? body : JSON.stringify(body))),
    errors,
  };
}

export const refusal: Answer = { status: 409, body: { code: 'insufficient_funds' } };

export function acceptance(balance: number, operationId?: string): Answer {
  return { status: 200, body: { userId: 1, amount: -2, balance, operationId } };
}
