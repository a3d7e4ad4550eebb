import { describe, expect, it } from 'vitest';
import { BalanceClient, BalanceClientError } from '../../src/client/balance-client.ts';
import { json, problem, refusal, ScriptedFetch, type Step, text } from './scripted-fetch.ts';

const ID = '0198c0de-0000-7000-8000-000000000000';
const TIME = '2026-11-22T21:23:18.362Z';
const done = { userId: 7, amount: -2, balance: 98, version: 3, operationId: ID };
const account = { userId: 7, balance: 98, version: 3 };
const entry = { version: 3, amount: -2, balance: 98, operationId: ID, createdAt: TIME };
const refusedEntry = { ...entry, amount: 0, refused: { requested: -200, code: 'insufficient_funds' } };
const replayed = { 'idempotency-replayed': 'true' };

function open(step: Step, options = {}) {
  const script = new ScriptedFetch([step]);
  const client = new BalanceClient({ baseUrl: 'http://balances.test/wallet/', fetch: script.fetch, ...options });
  return { client, script };
}

const calls = {
  change: (client: BalanceClient) => client.change({ userId: 7, amount: -2, idempotencyKey: 'k' }),
  readBalance: (client: BalanceClient) => client.readBalance(7),
  createUser: (client: BalanceClient) => client.createUser({ userId: 7, balance: 98, idempotencyKey: 'k' }),
  createAnyUser: (client: BalanceClient) => client.createUser({ balance: 98 }),
  listEntries: (client: BalanceClient) => client.listEntries(7, { limit: 2, before: 9, refused: true }),
};
type CallName = keyof typeof calls;

const about = { userId: 7, amount: -2, idempotencyKey: 'k' };
const outcomes: readonly [CallName, string, Step, unknown][] = [
  ['change', 'done', json(200, done), { kind: 'done', ...done, idempotencyKey: 'k', replayed: false }],
  ['change', 'done before', json(200, done, replayed), { kind: 'done', ...done, idempotencyKey: 'k', replayed: true }],
  [
    'change',
    'refused for want of money',
    refusal('insufficient_funds', 1, 4),
    { kind: 'refused', code: 'insufficient_funds', ...about, balance: 1, version: 4, replayed: false },
  ],
  [
    'change',
    'refused for too much of it',
    refusal('balance_limit_exceeded', 5, 6),
    { kind: 'refused', code: 'balance_limit_exceeded', ...about, balance: 5, version: 6, replayed: false },
  ],
  ['change', 'of nobody', problem('user_not_found'), { kind: 'user_not_found', userId: 7 }],
  ['readBalance', 'read', json(200, account), { kind: 'balance', ...account }],
  ['readBalance', 'of nobody', problem('user_not_found'), { kind: 'user_not_found', userId: 7 }],
  ['createUser', 'created', json(201, account), { kind: 'created', ...account, replayed: false }],
  ['createUser', 'created before', json(201, account, replayed), { kind: 'created', ...account, replayed: true }],
  ['createUser', 'there already', problem('user_exists'), { kind: 'user_exists', userId: 7 }],
  [
    'createAnyUser',
    'created',
    json(201, { ...account, userId: 8 }),
    { kind: 'created', ...account, userId: 8, replayed: false },
  ],
  [
    'listEntries',
    'a page',
    json(200, { entries: [entry, { ...refusedEntry, version: 2 }], nextBefore: 2 }),
    { kind: 'entries', entries: [entry, { ...refusedEntry, version: 2 }], nextBefore: 2 },
  ],
  [
    'listEntries',
    'nothing',
    json(200, { entries: [], nextBefore: null }),
    { kind: 'entries', entries: [], nextBefore: null },
  ],
  ['listEntries', 'of nobody', problem('user_not_found'), { kind: 'user_not_found', userId: 7 }],
  [
    'change',
    'with a member of a later release',
    json(200, { ...done, fee: 0 }),
    expect.objectContaining({ kind: 'done' }),
  ],
];

describe('an answer', () => {
  it.each(outcomes)('to %s: %s', async (name, _what, step, outcome) => {
    expect(await calls[name](open(step).client)).toEqual(outcome);
  });
});

const page = (entries: unknown[], nextBefore: unknown = null) => json(200, { entries, nextBefore });
const malformed: readonly [CallName, string, Step][] = [
  ['change', 'no JSON', text(200, '{"userId":7')],
  ['change', 'JSON that is no object', text(200, '[1]')],
  ['change', 'nothing', text(200, '')],
  ['change', 'no UTF-8', text(200, new Uint8Array([0x7b, 0xff, 0x7d]))],
  ['change', 'another media type', text(200, JSON.stringify(done), { 'content-type': 'text/html' })],
  ['change', 'no media type', text(200, new TextEncoder().encode(JSON.stringify(done)), {})],
  ['change', 'more than 8 MiB', text(200, `{"a":"${'a'.repeat(9 * 1024 * 1024)}"}`)],
  ['change', 'another success', json(202, done)],
  ['change', 'a redirection', text(307, '', { location: 'http://elsewhere.test/' })],
  ['change', 'another amount', json(200, { ...done, amount: -3 })],
  ['change', 'another user', json(200, { ...done, userId: 8 })],
  ['change', 'a negative balance', json(200, { ...done, balance: -1 })],
  ['change', 'a balance in a string', json(200, { ...done, balance: '98' })],
  ['change', 'a balance that is no integer', json(200, { ...done, balance: 0.5 })],
  ['change', 'a balance beyond 2^53', text(200, JSON.stringify(done).replace('98', '9007199254740993'))],
  ['change', 'version 0', json(200, { ...done, version: 0 })],
  ['change', 'no operation id', json(200, { ...done, operationId: undefined })],
  ['change', 'an unknown code', json(409, { code: 'account_frozen', status: 409 })],
  ['change', 'a code with the status of another', json(400, { code: 'overloaded' })],
  ['change', 'a refusal without a balance', json(409, { code: 'insufficient_funds', version: 3 })],
  ['change', 'a refusal of a creation', problem('user_exists')],
  ['change', 'a plain 404', text(404, 'not here', { 'content-type': 'text/plain' })],
  ['change', 'a plain 500', text(500, 'oh no', { 'content-type': 'text/plain' })],
  ['readBalance', 'another user', json(200, { ...account, userId: 8 })],
  ['readBalance', 'no version', json(200, { ...account, version: null })],
  ['createUser', 'another user', json(201, { ...account, userId: 8 })],
  ['createUser', 'another balance', json(201, { ...account, balance: 97 })],
  ['createUser', '200', json(200, account)],
  ['createAnyUser', 'no user', json(201, { ...account, userId: 0 })],
  ['createAnyUser', 'that the user it did not name exists', problem('user_exists')],
  ['listEntries', 'no entries', json(200, { nextBefore: null })],
  ['listEntries', 'more entries than asked for', page([entry, { ...entry, version: 2 }, { ...entry, version: 1 }])],
  ['listEntries', 'entries in the wrong order', page([entry, { ...entry, version: 4 }])],
  ['listEntries', 'an entry twice', page([entry, entry])],
  ['listEntries', 'an entry that is not before', page([{ ...entry, version: 9 }])],
  ['listEntries', 'a next page that is not below', page([entry], 4)],
  ['listEntries', 'a next page after nothing', page([], 3)],
  ['listEntries', 'no time', page([{ ...entry, createdAt: 'today' }])],
  ['listEntries', 'an unknown refusal', page([{ ...refusedEntry, refused: { requested: -200, code: 'mood' } }])],
];

describe('an answer that the service does not give', () => {
  it.each(malformed)('to %s: %s', async (name, _what, step) => {
    const { client, script } = open(step);
    const error = await calls[name](client).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(BalanceClientError);
    const isReading = name === 'readBalance' || name === 'listEntries';
    expect(error).toMatchObject({ code: 'unexpected_answer', mayBeApplied: !isReading, attempts: 1 });
    expect(script.sent).toHaveLength(1);
  });
});

describe('a request', () => {
  const bearer = { authorization: 'Bearer hub_1' };
  const accept = { accept: 'application/json, application/problem+json' };
  const typed = { 'content-type': 'application/json' };
  const base = 'http://balances.test/wallet/api/users';

  it.each([
    ['change', { method: 'POST', url: `${base}/update-balance`, body: { userId: 7, amount: -2 } }],
    ['createUser', { method: 'POST', url: base, body: { userId: 7, balance: 98 } }],
    ['createAnyUser', { method: 'POST', url: base, body: { balance: 98 } }],
    ['readBalance', { method: 'GET', url: `${base}/7/balance`, body: undefined }],
    ['listEntries', { method: 'GET', url: `${base}/7/entries?limit=2&before=9&refused=true`, body: undefined }],
  ] as const)('for %s', async (name, expected) => {
    const { client, script } = open(problem('forbidden'), { credentials: 'hub_1' });
    await expect(calls[name](client)).rejects.toMatchObject({ code: 'forbidden', mayBeApplied: false });
    const isKeyed = name === 'change' || name === 'createUser';
    const headers = {
      ...accept,
      ...bearer,
      ...(expected.method === 'POST' ? typed : {}),
      ...(isKeyed ? { 'idempotency-key': 'k' } : {}),
    };
    expect(script.sent).toMatchObject([{ ...expected, headers }]);
    expect(script.sent[0]?.headers).toEqual(headers);
  });

  it('has a key of its own for each change that comes without one', async () => {
    const { client, script } = open(json(200, done));
    const first = await client.change({ userId: 7, amount: -2 });
    const second = await client.change({ userId: 7, amount: -2 });
    expect(script.keys).toEqual([first, second].map((outcome) => outcome.kind === 'done' && outcome.idempotencyKey));
    expect(new Set(script.keys).size).toBe(2);
    for (const key of script.keys) expect(key).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    ['order 1', 'order 1'],
    [' order', '" order"'],
    ['order ', '"order "'],
    ['"a\\b"', '"\\"a\\\\b\\""'],
    ['a"\\b', 'a"\\b'],
  ])('writes the key %j as %j', async (idempotencyKey, written) => {
    const { client, script } = open(json(200, done));
    await client.change({ userId: 7, amount: -2, idempotencyKey });
    expect(script.keys).toEqual([written]);
  });

  it.each<[string, (client: BalanceClient) => Promise<unknown>]>([
    ['no user', (client) => client.change({ userId: 0, amount: 1 })],
    ['an amount of 0', (client) => client.change({ userId: 7, amount: 0 })],
    ['half an amount', (client) => client.change({ userId: 7, amount: 0.5 })],
    ['an amount in a string', (client) => client.change({ userId: 7, amount: '5' as unknown as number })],
    ['an amount beyond 2^53-1', (client) => client.change({ userId: 7, amount: 2 ** 53 })],
    ['an empty key', (client) => client.change({ userId: 7, amount: 1, idempotencyKey: '' })],
    ['a key of 256 characters', (client) => client.change({ userId: 7, amount: 1, idempotencyKey: 'k'.repeat(256) })],
    ['a key that is no ASCII', (client) => client.change({ userId: 7, amount: 1, idempotencyKey: 'é' })],
    ['no time', (client) => client.change({ userId: 7, amount: 1 }, { timeoutMs: 0 })],
    ['no changes', (client) => client.changeMany([])],
    ['10,001 changes', (client) => client.changeMany(Array(10_001).fill({ userId: 7, amount: 1 }))],
    [
      'one bad change',
      (client) =>
        client.changeMany([
          { userId: 7, amount: 1 },
          { userId: 7, amount: 0 },
        ]),
    ],
    ['no time for many', (client) => client.changeMany([{ userId: 7, amount: 1 }], { timeoutMs: Number.NaN })],
    ['a negative balance', (client) => client.createUser({ balance: -1 })],
    ['a key without a user', (client) => client.createUser({ idempotencyKey: 'k' })],
    ['a page of 1001', (client) => client.listEntries(7, { limit: 1001 })],
    ['a page before 0', (client) => client.listEntries(7, { before: 0 })],
    ['a user in a path', (client) => client.readBalance('7/../8' as unknown as number)],
  ])('is not sent with %s', async (_what, call) => {
    const { client, script } = open(json(200, done));
    await expect(call(client)).rejects.toMatchObject({
      name: 'BalanceClientError',
      code: 'invalid_request',
      mayBeApplied: false,
    });
    expect(script.sent).toEqual([]);
  });
});

describe('a walk over all entries', () => {
  const pageOf = (from: number, to: number, nextBefore: number | null) =>
    page(
      Array.from({ length: from - to + 1 }, (_, i) => ({ ...entry, version: from - i })),
      nextBefore,
    );

  it('goes from page to page to the oldest', async () => {
    const script = new ScriptedFetch([pageOf(5, 4, 4), pageOf(3, 2, 2), pageOf(1, 1, null)]);
    const client = new BalanceClient({ baseUrl: 'http://balances.test', fetch: script.fetch });
    const versions = [];
    for await (const { version } of client.walkEntries(7, { limit: 2 })) versions.push(version);
    expect(versions).toEqual([5, 4, 3, 2, 1]);
    expect(script.sent.map(({ url }) => url.split('?')[1])).toEqual([
      ...['limit=2', 'limit=2&before=4', 'limit=2&before=2'],
    ]);
  });

  it('throws where there is no user', async () => {
    const walk = open(problem('user_not_found')).client.walkEntries(7);
    await expect(walk.next()).rejects.toMatchObject({ code: 'user_not_found' });
  });
});

describe('a client', () => {
  it.each([
    ['no URL', { baseUrl: 'balances' }],
    ['another protocol', { baseUrl: 'ftp://balances.test' }],
    ['a password in the URL', { baseUrl: 'http://a:secret@balances.test' }],
    ['a query', { baseUrl: 'http://balances.test/?a' }],
    ['no attempts', { baseUrl: 'http://balances.test', attemptsMax: 0 }],
    ['half a ms', { baseUrl: 'http://balances.test', timeoutMs: 0.5 }],
    ['more ms than timers take', { baseUrl: 'http://balances.test', attemptTimeoutMs: 2 ** 31 }],
  ])('is not made with %s', (_what, options) => {
    const making = () => new BalanceClient(options);
    expect(making).toThrow(expect.objectContaining({ code: 'invalid_options' }));
    expect(making).not.toThrow(/secret/);
  });
});
