import { describe, expect, it } from 'vitest';
import { done, failure, openClient } from './open-client.ts';
import { passTime } from './pass-time.ts';
import { deaf, lost, problem, refusal, type Step, silent, text, unreachable } from './scripted-fetch.ts';

const badGateway = text(502, '<html>', { 'content-type': 'text/html' });
const garbled = text(200, '{');

describe('a change that fails tells whether it may have been applied', () => {
  it.each<[string, readonly Step[], string, boolean]>([
    ['only overloads', [problem('overloaded')], 'deadline_exceeded', false],
    ['no connection', [unreachable], 'deadline_exceeded', false],
    ['no answer', [silent], 'deadline_exceeded', true],
    ['no answer from a fetch that goes on', [deaf], 'deadline_exceeded', true],
    ['unknown outcomes', [problem('outcome_unknown')], 'deadline_exceeded', true],
    ['a gateway', [badGateway], 'deadline_exceeded', true],
    ['a lost connection, then overloads', [lost, problem('overloaded')], 'deadline_exceeded', true],
    ['a rejection', [problem('invalid_request')], 'invalid_request', false],
    ['no accepted credentials', [problem('unauthorized')], 'unauthorized', false],
    ['a missing scope', [problem('forbidden')], 'forbidden', false],
    ['a key that another request has', [problem('idempotency_key_reused')], 'idempotency_key_reused', false],
    ['a defect', [problem('internal')], 'internal', true],
    ['a garbled answer', [garbled], 'unexpected_answer', true],
    ['an overload, then a rejection', [problem('overloaded'), problem('unauthorized')], 'unauthorized', false],
    ['a lost connection, then a rejection', [lost, problem('unauthorized')], 'unauthorized', true],
    ['an unknown outcome, then a rejection', [problem('outcome_unknown'), problem('forbidden')], 'forbidden', true],
    [
      'a lost connection, then a key that another request has',
      [lost, problem('idempotency_key_reused')],
      'idempotency_key_reused',
      false,
    ],
  ])('after %s', async (_what, steps, code, mayBeApplied) => {
    const { change } = openClient(steps);
    const error = await failure(change());
    expect(error).toMatchObject({ code, mayBeApplied, idempotencyKey: 'k' });
    expect(error.message).toContain(code);
  });

  it('and is settled by the answer to a later attempt, whatever the earlier ones were', async () => {
    for (const step of [done, refusal('insufficient_funds', 1, 4), problem('user_not_found')]) {
      const { change } = openClient([lost, silent, badGateway, problem('overloaded'), step]);
      expect((await change()).kind).toBe(
        { 200: 'done', 409: 'refused', 404: 'user_not_found' }[(await step({})).status],
      );
    }
  });

  it('when there is no token to show, too', async () => {
    const down = new Error('the issuer is down');
    const { change } = openClient([done], { credentials: () => Promise.reject(down) });
    const facts = { code: 'credentials_unavailable', mayBeApplied: false, cause: down };
    expect(await failure(change())).toMatchObject(facts);
    let count = 0;
    const second = openClient([lost, done], {
      credentials: async () => (count++ === 0 ? 'token' : Promise.reject(down)),
    });
    expect(await failure(second.change())).toMatchObject({ ...facts, mayBeApplied: true });
  });

  it('when the token does not come in time, or is none', async () => {
    const { change, script } = openClient([done], { credentials: () => new Promise(() => undefined) });
    expect(await failure(change())).toMatchObject({ code: 'deadline_exceeded', mayBeApplied: false });
    const spoilt = openClient([done], { credentials: 'secret\n' });
    const error = await failure(spoilt.change());
    expect(error).toMatchObject({ code: 'credentials_unavailable', mayBeApplied: false });
    expect(error.message).not.toContain('secret');
    expect([script.sent, spoilt.script.sent]).toEqual([[], []]);
  });
});

describe('a reading that fails', () => {
  it('has changed nothing', async () => {
    const { clock, client } = openClient([lost]);
    const error = await failure(passTime(clock, client.readBalance(7)));
    expect(error).toMatchObject({ code: 'deadline_exceeded', mayBeApplied: false, idempotencyKey: null });
    expect(error.attempts).toBeGreaterThan(5);
  });
});
