import { refusedLocally } from './client-error.ts';

const INTEGER_MAX = Number.MAX_SAFE_INTEGER;

function requireInteger(name: string, value: number, min: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw refusedLocally('invalid_request', `${name} must be an integer from ${min} to ${max}, not ${String(value)}.`);
}

// What the service would answer with 400 is refused before it is sent. Each throws `invalid_request`.

export const requireUserId = (userId: number): void => requireInteger('userId', userId, 1, INTEGER_MAX);

export const requireBalance = (balance: number): void => requireInteger('balance', balance, 0, INTEGER_MAX);

export function requireAmount(amount: number): void {
  requireInteger('amount', amount, -INTEGER_MAX, INTEGER_MAX);
  if (amount === 0) throw refusedLocally('invalid_request', 'amount must not be 0.');
}

export function requirePage(limit: number | undefined, before: number | undefined): void {
  if (limit !== undefined) requireInteger('limit', limit, 1, 1000);
  if (before !== undefined) requireInteger('before', before, 1, INTEGER_MAX);
}

export const requireTimeout = (timeoutMs: number): void => requireInteger('timeoutMs', timeoutMs, 1, 2 ** 31 - 1);
