import { describe, expect, it } from 'vitest';
import type { BalanceClientOptions, ChangeOutcome } from '../../src/client/balance-client.ts';
import { failure, ID, openClient } from './open-client.ts';
import { passTime } from './pass-time.ts';
import { json, lost, problem, type ScriptedFetch, type Step, silent } from './scripted-fetch.ts';

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
    const { clock, client, script } = openClient(steps, options);
    return { made: passTime(clock, client.changeMany(changes)), script };
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
    const { clock, client, script } = openClient([lost, results(item(1, -1, 9), item(1, -1, 8))]);
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
    const { made } = send([
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
    const { made } = send(steps);
    const error = await failure(made);
    expect(error).toMatchObject({ code: 'changes_unsettled', mayBeApplied });
    expect(error).toMatchObject({ outcomes: changes.map((change) => ({ ...change, code, mayBeApplied })) });
  });

  it('ends with a signal', async () => {
    const { clock, client } = openClient([silent]);
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
