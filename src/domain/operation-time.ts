import type { OperationId } from './operation.ts';

/** The wall-clock ms since 1970 in the first 48 bits of a UUIDv7 (RFC 9562, section 5.7). */
export function enteredAtMs(id: OperationId): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
