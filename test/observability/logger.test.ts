import { DrizzleQueryError } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../../src/observability/logger.ts';

function aLogger() {
  const lines: string[] = [];
  const log = createLogger('info', { slot: 3 }, { write: (line) => void lines.push(line) });
  return { log, lines, parsed: () => lines.map((line) => JSON.parse(line)) };
}

describe('a line of the log', () => {
  it('is one JSON object with its time, its process and what was said', () => {
    const { log, parsed } = aLogger();
    log.info({ a: 1 }, 'said');
    log.debug('not said');
    expect(parsed()).toEqual([
      { level: 30, time: expect.stringMatching(/^\d{4}-.*Z$/), pid: process.pid, slot: 3, a: 1, msg: 'said' },
    ]);
  });

  it('has no secret, at whatever depth a caller puts one', () => {
    const { log, lines } = aLogger();
    const secrets = { authorization: 'S3CRET', idempotencyKey: 'S3CRET', 'idempotency-key': 'S3CRET', token: 'S3CRET' };
    const more = { password: 'S3CRET', databaseUrl: 'S3CRET', key: 'S3CRET', cookie: 'S3CRET', sha256: 'S3CRET' };
    log.info({ ...secrets, ...more, request: { headers: { ...secrets, ...more }, ...secrets, ...more } }, 'said');
    expect(lines.join('')).not.toContain('S3CRET');
    expect(lines.join('')).toContain('[redacted]');
  });

  it('has the cause of a failed statement, not its parameters', () => {
    const { log, lines } = aLogger();
    const cause = new Error('deadlock detected');
    log.error({ err: new DrizzleQueryError('select $1', ['S3CRET'], cause) }, 'failed');
    expect(lines.join('')).toContain('deadlock detected');
    expect(lines.join('')).not.toContain('S3CRET');
  });
});
