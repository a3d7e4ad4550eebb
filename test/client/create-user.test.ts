import { describe, expect, it } from 'vitest';
import { failure, openClient } from './open-client.ts';
import { passTime } from './pass-time.ts';
import { json, lost, problem, type Step, silent, text, unreachable } from './scripted-fetch.ts';

const badGateway = text(502, '<html>', { 'content-type': 'text/html' });
const created = json(201, { userId: 8, balance: 0, version: 0 });

describe('a creation', () => {
  const create = (steps: readonly Step[], userId?: number) => {
    const { clock, client, script } = openClient(steps);
    return { made: passTime(clock, client.createUser({ userId })), script, failure };
  };

  it('with an id is made again under its key', async () => {
    const { made, script } = create([lost, problem('outcome_unknown'), problem('not_ready'), created], 8);
    expect(await made).toMatchObject({ kind: 'created', userId: 8 });
    expect(new Set(script.keys).size).toBe(1);
    expect(script.keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each<[string, Step]>([
    ['a lost connection', lost],
    ['no answer in time', silent],
    ['an unknown outcome', problem('outcome_unknown')],
    ['a gateway', badGateway],
  ])('without an id is not made again after %s, and says that it may have been made', async (_what, step) => {
    const { made, script } = create([problem('overloaded'), step, created]);
    const facts = { code: 'outcome_unknown', mayBeApplied: true, idempotencyKey: null, attempts: 2 };
    expect(await failure(made)).toMatchObject(facts);
    expect(script.keys).toEqual([undefined, undefined]);
  });

  it('without an id is made again when nothing was', async () => {
    const { made, script } = create([unreachable, problem('overloaded'), problem('rate_limited'), created]);
    expect(await made).toMatchObject({ kind: 'created', userId: 8 });
    expect(script.keys).toEqual([undefined, undefined, undefined, undefined]);
  });
});
