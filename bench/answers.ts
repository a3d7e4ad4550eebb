import type { LoadResult } from './load-protocol.ts';

/** What one request withdraws. */
export const WITHDRAWAL = 2;

export interface AcceptedAnswer {
  readonly balance: number;
  /** Peers have none. */
  readonly operationId: string | undefined;
}

/** What was read from the bodies of a run; `disagreements` names everything that should not be. */
export interface Answers {
  readonly accepted: readonly AcceptedAnswer[];
  readonly disagreements: readonly string[];
}

interface Body {
  readonly code?: unknown;
  readonly balance?: unknown;
  readonly operationId?: unknown;
}

/**
 * Reads the answers to `withdrawals` requests for 2 each from a user who owned just enough for half of them: half must
 * be accepted, each leaving another balance, down to 0; half must be refused for lack of funds; and nothing else.
 */
export function readAnswers(load: LoadResult, withdrawals: number): Answers {
  const half = withdrawals / 2;
  const accepted: AcceptedAnswer[] = [];
  const disagreements = [...completeness(load, withdrawals), ...statusCounts(load, { 200: half, 409: half })];
  const otherRefusals = new Set<string>();
  for (const [index, status] of load.statuses.entries()) {
    const body = parseBody(load.bodies[index]);
    if (status === 409 && body.code !== 'insufficient_funds') otherRefusals.add(String(body.code));
    if (status === 200) accepted.push({ balance: Number(body.balance), operationId: textOf(body.operationId) });
  }
  if (otherRefusals.size > 0) disagreements.push(`answers 409 with code ${[...otherRefusals].join(', ')}`);
  const balances = accepted.map((answer) => answer.balance).toSorted((a, b) => a - b);
  if (balances.some((balance, index) => balance !== index * WITHDRAWAL)) {
    disagreements.push(`the accepted answers do not name each balance from ${withdrawals - WITHDRAWAL} to 0 once`);
  }
  return { accepted, disagreements };
}

/** For a peer that does nothing: every request was answered 200. */
export function readConstantAnswers(load: LoadResult, requests: number): readonly string[] {
  return [...completeness(load, requests), ...statusCounts(load, { 200: requests })];
}

function completeness(load: LoadResult, expected: number): string[] {
  const errors = Object.entries(load.errors).map(([reason, count]) => `${count} requests failed: ${reason}`);
  const missing = load.statuses.length === expected ? [] : [`${load.statuses.length} answers to ${expected} requests`];
  return [...missing, ...errors];
}

function statusCounts(load: LoadResult, expected: Readonly<Record<number, number>>): string[] {
  const counts: Record<string, number> = {};
  for (const status of load.statuses) counts[status] = (counts[status] ?? 0) + 1;
  const statuses = new Set([...Object.keys(expected), ...Object.keys(counts)].map(Number));
  return [...statuses]
    .filter((status) => counts[status] !== expected[status])
    .map((status) => `${counts[status] ?? 0} answers ${status}, expected ${expected[status] ?? 0}`);
}

function parseBody(text: string | undefined): Body {
  try {
    const body: unknown = JSON.parse(text ?? '');
    return typeof body === 'object' && body !== null ? body : {};
  } catch {
    // Not JSON: then it has neither the code nor the balance that are looked for, which is told.
    return {};
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
