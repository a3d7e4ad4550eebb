/** A JSON object whose members nobody has looked at. */
export type Members = { readonly [name: string]: unknown };

export const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isInteger = (value: unknown, min: number): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= min;

/** RFC 9562, in lower case. */
export const isUuid = (value: unknown): value is string =>
  typeof value === 'string' && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);

/** ISO 8601 in UTC, as JavaScript writes it. */
export const isTime = (value: unknown): value is string =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value);

export const isRefusalCode = (value: unknown): value is 'insufficient_funds' | 'balance_limit_exceeded' =>
  value === 'insufficient_funds' || value === 'balance_limit_exceeded';
