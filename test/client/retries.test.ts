import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  BalanceClient,
  BalanceClientError,
  type BalanceClientOptions,
  type ChangeOutcome,
} from '../../src/client/balance-client.ts';
import { ChanceClock, passTime } from './pass-time.ts';
import {
  deaf,
  json,
  lost,
  problem,
  refusal,
  ScriptedFetch,
  type Step,
  silent,
  text,
  unreachable,
} from './scripted-fetch.ts';

const ID = '0198c0de-0000-7000-8000-000000000000';
const done = json(200, { userId: 7, amount: -2, balance: 98, version: 3, operationId: ID });
const created = json(201, { userId: 8, balance: 0, version: 0 });
const badGateway = text(502, '<html>', { 'content-type': 'text/html' });
const garbled = text(200, '{');

function open(steps: readonly Step[], options: Partial<BalanceClientOptions> = {}) {
  const clock = new ChanceClock();
  const script = new ScriptedFetch(steps, () => clock.now());
  const client = new BalanceClient({ baseUrl: 'http://balances.test', fetch: script.fetch, clock, ...options });
  const change = (call = {}) => passTime(clock, client.change({ userId: 7, amount: -2, idempotencyKey: 'k' }, call));
  const failure = async (work: Promise<unknown>): Promise<BalanceClientError> => {
    const error = await work.catch((reason: unknown) => reason);
    if (!(error instanceof BalanceClientError)) throw error;
    return error;
  };
  return { clock, script, client, change, failure };
}

describe('a change is made again', () => {
  it.each<[string, Step]>([
    ['an overload', problem('overloaded')],
    ['a service that is not ready', problem('not_ready')],
    ['the rate limit', problem('rate_limited')],
    ['a request that came too slowly', problem('request_timeout')],
    ['an unknown outcome', problem('outcome_unknown')],
    ['a lost connection', lost],
    ['no connection', unreachable],
    ['no answer in time', silent],
    ['no answer in time from a fetch that goes on', deaf],
    ['a bad gateway', badGateway],
    ['a 503 that is not of the service', text(503, 'busy')],
    ['a 504 that is not of the service', text(504, '')],
  ])('after %s, under the same key', async (_what, step) => {
    const { change, script } = open([step, step, done]);
    expect(await change()).toMatchObject({ kind: 'done', balance: 98 });
    expect(script.keys).toEqual(['k', 'k', 'k']);
    expect(new Set(script.sent.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  });

  it('under one key that was made for it, when it came without', async () => {
    const { clock, client, script } = open([lost, problem('overloaded'), done]);
    await passTime(clock, client.change({ userId: 7, amount: -2 }));
    expect(script.keys).toHaveLength(3);
    expect(new Set(script.keys).size).toBe(1);
  });

  it('with a fresh token each time', async () => {
    let count = 0;
    const credentials = async () => `token-${++count}`;
    const { change, script } = open([lost, problem('overloaded'), done], { credentials });
    await change();
    expect(script.sent.map(({ headers }) => headers.authorization)).toEqual([
      ...['Bearer token-1', 'Bearer token-2', 'Bearer token-3'],
    ]);
  });
});

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
    const { change, failure } = open(steps);
    const error = await failure(change());
    expect(error).toMatchObject({ code, mayBeApplied, idempotencyKey: 'k' });
    expect(error.message).toContain(code);
  });

  it('and is settled by the answer to a later attempt, whatever the earlier ones were', async () => {
    for (const step of [done, refusal('insufficient_funds', 1, 4), problem('user_not_found')]) {
      const { change } = open([lost, silent, badGateway, problem('overloaded'), step]);
      expect((await change()).kind).toBe(
        { 200: 'done', 409: 'refused', 404: 'user_not_found' }[(await step({})).status],
      );
    }
  });

  it('when there is no token to show, too', async () => {
    const down = new Error('the issuer is down');
    const { change, failure } = open([done], { credentials: () => Promise.reject(down) });
    const facts = { code: 'credentials_unavailable', mayBeApplied: false, cause: down };
    expect(await failure(change())).toMatchObject(facts);
    let count = 0;
    const second = open([lost, done], { credentials: async () => (count++ === 0 ? 'token' : Promise.reject(down)) });
    expect(await second.failure(second.change())).toMatchObject({ ...facts, mayBeApplied: true });
  });

  it('when the token does not come in time, or is none', async () => {
    const { change, failure, script } = open([done], { credentials: () => new Promise(() => undefined) });
    expect(await failure(change())).toMatchObject({ code: 'deadline_exceeded', mayBeApplied: false });
    const spoilt = open([done], { credentials: 'secret\n' });
    const error = await spoilt.failure(spoilt.change());
    expect(error).toMatchObject({ code: 'credentials_unavailable', mayBeApplied: false });
    expect(error.message).not.toContain('secret');
    expect([script.sent, spoilt.script.sent]).toEqual([[], []]);
  });
});

describe('a reading that fails', () => {
  it('has changed nothing', async () => {
    const { clock, client, failure } = open([lost]);
    const error = await failure(passTime(clock, client.readBalance(7)));
    expect(error).toMatchObject({ code: 'deadline_exceeded', mayBeApplied: false, idempotencyKey: null });
    expect(error.attempts).toBeGreaterThan(5);
  });
});

describe('a creation', () => {
  const create = (steps: readonly Step[], userId?: number) => {
    const { clock, client, script, failure } = open(steps);
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
    const { made, script, failure } = create([problem('overloaded'), step, created]);
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

describe('the pause between two attempts', () => {
  const pausesOf = async (steps: readonly Step[], options: Partial<BalanceClientOptions>, chance: number) => {
    const { clock, script, change } = open(steps, options);
    clock.chance = chance;
    clock.wallMs = Date.UTC(2026, 10, 22, 12);
    await change();
    return script.sent.slice(1).map(({ atMs }, i) => atMs - (script.sent[i]?.atMs ?? 0));
  };
  const fiveOverloads = [...Array<Step>(5).fill(problem('overloaded')), done];
  const pauses = { pauseFirstMs: 100, pauseMaxMs: 500 };

  it.each([
    ['doubles up to its limit, all of it at most', 1, [100, 200, 400, 500, 500]],
    ['is drawn from all of that', 0.25, [25, 50, 100, 125, 125]],
    ['may be none', 0, [0, 0, 0, 0, 0]],
  ])('%s', async (_what, chance, expected) => {
    expect(await pausesOf(fiveOverloads, pauses, chance)).toEqual(expected);
  });

  it.each([
    ['3', 3000],
    ['0', 0],
    ['Sun, 22 Nov 2026 12:00:07 GMT', 7000],
    ['Sun, 22 Nov 2026 11:00:00 GMT', 0],
    ['soon', 0],
    ['-1', 0],
    ['1.5', 0],
    ['2027', 2_027_000],
    ['2026-11-22', 0],
  ])('comes on top of Retry-After: %s', async (value, waitMs) => {
    const steps = [problem('overloaded', { 'retry-after': value }), done];
    expect(await pausesOf(steps, { ...pauses, timeoutMs: 3_000_000 }, 0.5)).toEqual([waitMs + 50]);
  });

  it('is not begun when the next attempt would come too late', async () => {
    const { change, failure, clock } = open([problem('rate_limited', { 'retry-after': '60' })]);
    expect(await failure(change())).toMatchObject({ code: 'deadline_exceeded', mayBeApplied: false, attempts: 1 });
    expect(clock.now()).toBe(0);
  });
});

describe('the bounds', () => {
  it('of an attempt are its own time and what is left of the whole', async () => {
    const { change, failure, script, clock } = open([silent], {
      timeoutMs: 10_000,
      attemptTimeoutMs: 4000,
      pauseFirstMs: 1,
    });
    clock.chance = 0;
    expect(await failure(change())).toMatchObject({ code: 'deadline_exceeded', attempts: 3 });
    expect(script.sent.map(({ atMs }) => atMs)).toEqual([0, 4000, 8000]);
    expect(clock.now()).toBe(10_000);
  });

  it('of a call can be its own', async () => {
    const { change, failure, clock } = open([silent]);
    expect(await failure(change({ timeoutMs: 70 }))).toMatchObject({ code: 'deadline_exceeded', attempts: 1 });
    expect(clock.now()).toBe(70);
  });

  it('are also a number of attempts', async () => {
    const { change, failure, script, clock } = open([problem('overloaded')], { attemptsMax: 4 });
    clock.chance = 0;
    expect(await failure(change())).toMatchObject({ code: 'attempts_exhausted', mayBeApplied: false, attempts: 4 });
    expect(script.sent).toHaveLength(4);
  });

  it('leave no timer behind', async () => {
    const { change, clock } = open([silent, problem('overloaded'), done]);
    await change();
    expect(clock.pending).toBe(0);
  });
});

describe('a signal', () => {
  afterEach(() => void process.removeAllListeners('warning'));
  const why = new Error('the caller has gone');

  async function abortedAt(atMs: number, steps: readonly Step[]) {
    const { clock, change, failure, script } = open(steps, { pauseFirstMs: 1000 });
    const controller = new AbortController();
    if (atMs === 0) controller.abort(why);
    else clock.schedule(atMs, () => controller.abort(why));
    const error = await failure(change({ signal: controller.signal }));
    expect(error).toMatchObject({ code: 'aborted', cause: why, idempotencyKey: 'k' });
    return { error, script, atMs: clock.now() };
  }

  it('ends a change before it is sent', async () => {
    const { error, script } = await abortedAt(0, [done]);
    expect(error).toMatchObject({ mayBeApplied: false, attempts: 0 });
    expect(script.sent).toEqual([]);
  });

  it.each([silent, deaf])('ends an attempt, which may have been applied', async (step) => {
    const { error, atMs } = await abortedAt(100, [step]);
    expect([error.mayBeApplied, atMs]).toEqual([true, 100]);
  });

  it('ends a pause', async () => {
    const { error, atMs } = await abortedAt(100, [problem('overloaded')]);
    expect([error.mayBeApplied, atMs]).toEqual([false, 100]);
    expect((await abortedAt(100, [lost])).error.mayBeApplied).toBe(true);
  });

  it('proves nothing of the connection by its reason', async () => {
    const refusedConnection = new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } });
    for (const reason of [refusedConnection, null]) {
      const { clock, change, failure } = open([silent]);
      const controller = new AbortController();
      clock.schedule(10, () => controller.abort(reason));
      expect(await failure(change({ signal: controller.signal }))).toMatchObject({
        code: 'aborted',
        mayBeApplied: true,
      });
    }
  });

  it('may be one for many calls', async () => {
    const warned = vi.fn();
    process.on('warning', warned);
    const { clock, client } = open([problem('overloaded')]);
    const controller = new AbortController();
    const { signal } = controller;
    const all = Array.from({ length: 50 }, () => client.readBalance(7, { signal }).catch(({ code }) => code));
    clock.schedule(20, () => controller.abort());
    expect(new Set(await passTime(clock, Promise.all(all)))).toEqual(new Set(['aborted']));
    expect(warned).not.toHaveBeenCalled();
  });
});

describe('a batch', () => {
  const item = (userId: number, amount: number, balance: number) => ({
    status: 200,
    userId,
    amount,
    balance,
    version: 2,
    operationId: ID,
  });
  const problemItem = (status: number, code: string) => ({ status, code, detail: 'Why.' });
  const refusedItem = { status: 409, code: 'insufficient_funds', balance: 1, version: 5 };
  const results = (...items: unknown[]) => json(200, { results: items });
  const changes = [
    { userId: 1, amount: -1, idempotencyKey: 'a' },
    { userId: 2, amount: -2, idempotencyKey: 'b' },
    { userId: 3, amount: -3, idempotencyKey: ' c' },
  ];
  const sentKeys = ({ sent }: ScriptedFetch) =>
    sent.map(({ body }) =>
      (body as { operations: { idempotencyKey: string }[] }).operations.map(({ idempotencyKey }) => idempotencyKey),
    );

  function send(steps: readonly Step[], options: Partial<BalanceClientOptions> = {}) {
    const { clock, client, script, failure } = open(steps, options);
    return { made: passTime(clock, client.changeMany(changes)), script, failure };
  }

  it('gives each change its outcome, in their order', async () => {
    const { made, script } = send([
      results({ ...item(1, -1, 9), replayed: true }, refusedItem, problemItem(404, 'user_not_found')),
    ]);
    expect(await made).toEqual([
      {
        ...{ kind: 'done', ...changes[0], balance: 9, version: 2, operationId: ID, replayed: true },
      },
      { kind: 'refused', code: 'insufficient_funds', ...changes[1], balance: 1, version: 5, replayed: false },
      { kind: 'user_not_found', userId: 3 },
    ]);
    expect(script.sent[0]).toMatchObject({ method: 'POST', url: 'http://balances.test/api/users/update-balances' });
    expect(script.keys).toEqual([undefined]);
    expect(sentKeys(script)).toEqual([['a', 'b', '" c"']]);
  });

  it('sends again what has no outcome, and nothing else, under the same keys', async () => {
    const { made, script } = send([
      problem('overloaded'),
      lost,
      results(problemItem(503, 'overloaded'), item(2, -2, 8), problemItem(504, 'outcome_unknown')),
      results(item(1, -1, 9), problemItem(503, 'not_ready')),
      results(item(3, -3, 7)),
    ]);
    expect((await made).map((outcome) => outcome.kind === 'done' && outcome.balance)).toEqual([9, 8, 7]);
    const [whole, part, rest] = [['a', 'b', '" c"'], ['a', '" c"'], ['" c"']];
    expect(sentKeys(script)).toEqual([whole, whole, whole, part, rest]);
  });

  it('makes a key for each change that comes without one', async () => {
    const { clock, client, script } = open([lost, results(item(1, -1, 9), item(1, -1, 8))]);
    await passTime(
      clock,
      client.changeMany([
        { userId: 1, amount: -1 },
        { userId: 1, amount: -1 },
      ]),
    );
    const [first, second] = sentKeys(script);
    expect(first).toEqual(second);
    expect(new Set(first).size).toBe(2);
  });

  it('throws what is known of each when one stays open', async () => {
    const { made, failure } = send([
      results(item(1, -1, 9), problemItem(422, 'idempotency_key_reused'), problemItem(504, 'outcome_unknown')),
      results(problemItem(503, 'overloaded')),
    ]);
    const error = await failure(made);
    expect(error).toMatchObject({ name: 'ChangesUnsettledError', code: 'changes_unsettled', mayBeApplied: true });
    const unsettled = { kind: 'unsettled' };
    expect((error as unknown as { outcomes: ChangeOutcome[] }).outcomes).toMatchObject([
      { kind: 'done', balance: 9 },
      { ...unsettled, ...changes[1], code: 'idempotency_key_reused', mayBeApplied: false },
      { ...unsettled, ...changes[2], code: 'deadline_exceeded', mayBeApplied: true },
    ]);
  });

  it.each<[string, readonly Step[], string, boolean]>([
    ['no accepted credentials', [problem('unauthorized')], 'unauthorized', false],
    ['a lost connection, then no accepted credentials', [lost, problem('unauthorized')], 'unauthorized', true],
    ['overloads', [problem('overloaded')], 'deadline_exceeded', false],
    ['silence', [silent], 'deadline_exceeded', true],
    ['too few results', [results(item(1, -1, 9))], 'unexpected_answer', true],
    ['results without a status', [results({}, {}, {})], 'unexpected_answer', true],
    ['results of other changes', [results(item(1, -2, 9), item(1, -2, 9), item(1, -2, 9))], 'unexpected_answer', true],
  ])('throws after %s', async (_what, steps, code, mayBeApplied) => {
    const { made, failure } = send(steps);
    const error = await failure(made);
    expect(error).toMatchObject({ code: 'changes_unsettled', mayBeApplied });
    expect(error).toMatchObject({ outcomes: changes.map((change) => ({ ...change, code, mayBeApplied })) });
  });

  it('ends with a signal', async () => {
    const { clock, client, failure } = open([silent]);
    const controller = new AbortController();
    clock.schedule(50, () => controller.abort('gone'));
    const error = await failure(passTime(clock, client.changeMany(changes, { signal: controller.signal })));
    expect(error).toMatchObject({
      mayBeApplied: true,
      cause: 'gone',
      outcomes: changes.map(() => ({ code: 'aborted' })),
    });
  });
});
