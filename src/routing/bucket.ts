import { crc32 } from 'node:zlib';
import type { UserId } from '../domain/operation.ts';

const BUCKETS = 1024;

/** The worker that owns a user: the same in every process that agrees on the number of workers. */
export function slotOf(userId: UserId, workers: number): number {
  if (workers === 1) return 0;
  return (crc32(String(userId)) % BUCKETS) % workers;
}
