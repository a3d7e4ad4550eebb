import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, SignJWT } from 'jose';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Tokens } from '../../src/access/tokens.ts';
import { type Clock, systemClock } from '../../src/time/clock.ts';

const pemOf = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }) as string;

const ISSUER = 'https://issuer.test';
const AUDIENCE = 'balances';
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = pemOf(ec.publicKey);

interface Wish {
  readonly claims?: object;
  readonly alg?: string;
  readonly kid?: string;
  readonly key?: KeyObject;
  readonly issuer?: string;
  readonly audience?: string;
  readonly expiresInS?: number | null;
  readonly nowS?: number;
}

function tokenOf({ claims = { sub: 'shop', scope: 'balance:read' }, expiresInS = 300, ...wish }: Wish = {}) {
  const nowS = wish.nowS ?? Math.floor(Date.now() / 1000);
  const token = new SignJWT({ ...claims })
    .setProtectedHeader({ alg: wish.alg ?? 'ES256', ...(wish.kid !== undefined && { kid: wish.kid }) })
    .setIssuer(wish.issuer ?? ISSUER)
    .setAudience(wish.audience ?? AUDIENCE);
  if (expiresInS !== null) token.setExpirationTime(nowS + expiresInS);
  return token.sign(wish.key ?? ec.privateKey);
}

const issuer = { issuer: ISSUER, audience: AUDIENCE, algorithms: ['ES256', 'RS256'] };
const open = (clock: Clock = systemClock) => new Tokens({ ...issuer, keys: { kind: 'pem', pem } }, clock);

/** As the gate does it. */
const forgeryOf = (number: number, kid?: string) =>
  `${base64url({ alg: 'ES256', kid })}.${base64url({ ...payload, number })}.${'A'.repeat(86)}`;

const identify = (tokens: Tokens, token: string) => tokens.identify(token);

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const payload = { sub: 'shop', iss: ISSUER, aud: AUDIENCE, exp: Math.floor(Date.now() / 1000) + 300 };

/** The oldest attack on tokens: the public key, which everybody has, used as the secret of an HMAC. */
function confused(): string {
  const signed = `${base64url({ alg: 'HS256' })}.${base64url(payload)}`;
  return `${signed}.${createHmac('sha256', pem).update(signed).digest('base64url')}`;
}

describe('a token', () => {
  it('names its caller and the scopes that we know', async () => {
    const token = await tokenOf({ claims: { sub: 'shop', scope: 'balance:read openid balance:write' } });
    expect(await identify(open(), token)).toEqual({
      kind: 'caller',
      caller: { name: 'shop', scopes: new Set(['balance:read', 'balance:write']), keyId: null },
    });
  });

  it.each([
    [{ scp: 'balance:read' }, ['balance:read']],
    [{ scp: ['balance:read', 7, 'users:create'] }, ['balance:read', 'users:create']],
    [{ scope: { 'balance:read': true } }, []],
    [{}, []],
  ])('with %j may do %j', async (claims, scopes) => {
    const token = await tokenOf({ claims: { sub: 'shop', ...claims } });
    expect(await identify(open(), token)).toMatchObject({ caller: { scopes: new Set(scopes) } });
  });

  const wrong: readonly [string, () => string | Promise<string>][] = [
    ['no token', () => 'x'],
    ['of another issuer', () => tokenOf({ issuer: 'https://other.test' })],
    ['for another audience', () => tokenOf({ audience: 'other' })],
    ['expired', () => tokenOf({ expiresInS: -10 })],
    ['without an expiry', () => tokenOf({ expiresInS: null })],
    ['not valid yet', () => tokenOf({ claims: { sub: 'shop', nbf: Math.floor(Date.now() / 1000) + 60 } })],
    ['of nobody', () => tokenOf({ claims: {} })],
    ['of an empty name', () => tokenOf({ claims: { sub: '' } })],
    ['of a name too long', () => tokenOf({ claims: { sub: 'x'.repeat(129) } })],
    ['of a name with a control character', () => tokenOf({ claims: { sub: 'a\u001fb' } })],
    ['of a name with a line break at its end', () => tokenOf({ claims: { sub: 'a\n' } })],
    ['of a name beyond ASCII', () => tokenOf({ claims: { sub: 'mü' } })],
    ['signed by somebody else', () => tokenOf({ key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey })],
    ['of an allowed algorithm that the key is not of', () => tokenOf({ alg: 'RS256', key: rsa.privateKey })],
    ['unsigned', () => `${base64url({ alg: 'none' })}.${base64url(payload)}.`],
    ['signed with the public key as a secret', confused],
  ];

  it.each(wrong)('%s proves nothing', async (_what, make) => {
    expect(await identify(open(), await make())).toEqual({ kind: 'doubtful', reason: 'invalid_token' });
  });

  it.each(['RS512', 'PS256'])(
    'of an algorithm that is not allowed proves nothing, although its key is: %s',
    async (alg) => {
      const tokens = new Tokens({ ...issuer, keys: { kind: 'pem', pem: pemOf(rsa.publicKey) } }, systemClock);
      const tokenWith = (name: string) => tokenOf({ alg: name, key: rsa.privateKey });
      expect(await identify(tokens, await tokenWith('RS256'))).toMatchObject({ kind: 'caller' });
      expect(await identify(tokens, await tokenWith(alg))).toEqual({ kind: 'doubtful', reason: 'invalid_token' });
    },
  );

  it('is verified once, then known until it expires', async () => {
    let nowMs = 1_700_000_000_000;
    const tokens = open({ ...systemClock, wallNow: () => nowMs });
    const token = await tokenOf({ nowS: nowMs / 1000, expiresInS: 30 });
    const [first, joined] = [identify(tokens, token), identify(tokens, token)];
    expect(joined).toBe(first);
    expect((await first).kind).toBe('caller');
    expect(identify(tokens, token)).not.toBeInstanceOf(Promise);
    nowMs += 29_999;
    expect(identify(tokens, token)).toMatchObject({ kind: 'caller' });
    nowMs += 6001;
    expect(await identify(tokens, token)).toEqual({ kind: 'doubtful', reason: 'invalid_token' });
  });

  it('is not judged while too many others are, and a known one is', async () => {
    const tokens = open();
    const known = await tokenOf();
    await identify(tokens, known);
    const others = Array.from({ length: 4096 }, (_, i) => identify(tokens, forgeryOf(i)));
    const late = await tokenOf({ claims: { sub: 'late' } });
    expect(identify(tokens, late)).toEqual({ kind: 'undecided', reason: 'too_many_tokens' });
    expect(identify(tokens, known)).toMatchObject({ kind: 'caller' });
    await Promise.all(others);
    expect(await identify(tokens, late)).toMatchObject({ kind: 'caller' });
  });

  it('that was refused is not verified again for some seconds, which a good one outlasts', async () => {
    let nowMs = Date.now();
    const tokens = open({ ...systemClock, wallNow: () => nowMs });
    const token = await tokenOf();
    await identify(tokens, token);
    const forged = forgeryOf(1);
    await identify(tokens, forged);
    expect(identify(tokens, forged)).toEqual({ kind: 'doubtful', reason: 'invalid_token' });
    nowMs += 5000;
    expect(identify(tokens, forged)).toBeInstanceOf(Promise);
    expect(identify(tokens, token)).toMatchObject({ kind: 'caller' });
  });

  it('whose header cannot match takes no place', async () => {
    const tokens = open();
    await identify(tokens, await tokenOf());
    const hmac = `${base64url({ alg: 'HS256' })}.${base64url(payload)}.AAAA`;
    for (const token of ['x', 'a.b', 'a.b.c.d', 'a.b.c', hmac, `${forgeryOf(1)}${'A'.repeat(9000)}`]) {
      expect(identify(tokens, token)).toEqual({ kind: 'doubtful', reason: 'invalid_token' });
    }
  });
});

describe('the published keys of an issuer', () => {
  let server: Server | null = null;
  afterEach(() => {
    vi.restoreAllMocks();
    server?.close();
  });

  /** Publishes `key` under the id `first`, or answers with `status`. */
  async function publish(key: KeyObject, status = 200): Promise<{ tokens: Tokens; count: () => number }> {
    const jwk = await exportJWK(key);
    let fetches = 0;
    server = createServer((_request, response) => {
      fetches += 1;
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ keys: [{ ...jwk, kid: 'first', alg: 'ES256', use: 'sig' }] }));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server?.once('listening', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
    return { tokens: new Tokens({ ...issuer, keys: { kind: 'jwks', url } }, systemClock), count: () => fetches };
  }

  it('are fetched once for many tokens, however many name a key that is not among them', async () => {
    const { tokens, count } = await publish(ec.publicKey);
    expect(await identify(tokens, await tokenOf({ kid: 'first' }))).toMatchObject({ caller: { name: 'shop' } });
    for (let i = 0; i < 20; i += 1) {
      expect(await identify(tokens, await tokenOf({ kid: `made up ${i}` }))).toMatchObject({ reason: 'invalid_token' });
    }
    expect(await identify(tokens, await tokenOf({ kid: 'first', claims: { sub: 'other' } }))).toMatchObject({
      caller: { name: 'other' },
    });
    expect(count()).toBe(1);
  });

  it('leave a token undecided while they cannot be had: it may be a good one', async () => {
    const { tokens } = await publish(ec.publicKey, 500);
    const undecided = { kind: 'undecided', reason: 'issuer_unreachable' };
    expect(await identify(tokens, await tokenOf({ kid: 'first' }))).toEqual(undecided);
    await new Promise((resolve) => server?.close(resolve));
    expect(await identify(tokens, await tokenOf({ kid: 'first' }))).toEqual(undecided);
  });

  /** A list that can change or fail, and a clock that can go on. */
  async function publishChanging() {
    const jwk = await exportJWK(ec.publicKey);
    const published = { kid: 'first', status: 200, fetches: 0, aheadMs: 0 };
    vi.spyOn(Date, 'now').mockImplementation(() => systemClock.wallNow() + published.aheadMs);
    server = createServer((_request, response) => {
      published.fetches += 1;
      response.writeHead(published.status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ keys: [{ ...jwk, kid: published.kid, alg: 'ES256', use: 'sig' }] }));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server?.once('listening', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
    const clock = {
      ...systemClock,
      now: () => systemClock.now() + published.aheadMs,
      wallNow: () => systemClock.wallNow() + published.aheadMs,
    };
    let number = 0;
    const judge = async (kid: string) => {
      number += 1;
      const claims = { sub: `caller ${number}` };
      const nowS = Math.floor(clock.wallNow() / 1000);
      return (await identify(tokens, await tokenOf({ kid, claims, nowS }))).kind;
    };
    const tokens = new Tokens({ ...issuer, keys: { kind: 'jwks', url } }, clock);
    return { published, judge };
  }

  it('go on for an hour while the issuer is away, and no longer', async () => {
    const { published, judge } = await publishChanging();
    expect(await judge('first')).toBe('caller');
    published.status = 500;
    for (const minutes of [11, 30, 59]) {
      published.aheadMs = minutes * 60_000;
      expect(await judge('first')).toBe('caller');
    }
    published.aheadMs = 61 * 60_000;
    expect(await judge('first')).toBe('undecided');
    published.status = 200;
    published.aheadMs += 5001;
    expect(await judge('first')).toBe('caller');
  });

  it('that were withdrawn count no more once the issuer can be asked', async () => {
    const { published, judge } = await publishChanging();
    expect(await judge('first')).toBe('caller');
    published.kid = 'second';
    published.aheadMs = 11 * 60_000;
    expect(await judge('first')).toBe('doubtful');
    expect(await judge('second')).toBe('caller');
  });

  it('judge at once what they hold a key for, while thousands wait for a key of another', async () => {
    const jwk = await exportJWK(ec.publicKey);
    let isHanging = false;
    server = createServer((_request, response) => {
      if (!isHanging) response.end(JSON.stringify({ keys: [{ ...jwk, kid: 'first', alg: 'ES256', use: 'sig' }] }));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server?.once('listening', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
    let aheadMs = 0;
    const clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
    vi.spyOn(Date, 'now').mockImplementation(() => systemClock.wallNow() + aheadMs);
    const tokens = new Tokens({ ...issuer, keys: { kind: 'jwks', url } }, clock);
    await identify(tokens, await tokenOf({ kid: 'first' }));
    isHanging = true;
    aheadMs = 6000;
    const unknown = Array.from({ length: 4100 }, (_, i) => identify(tokens, forgeryOf(i, 'made up')));
    expect(unknown.filter((each) => each instanceof Promise)).toHaveLength(4096);
    expect(await identify(tokens, await tokenOf({ kid: 'first', claims: { sub: 'new' } }))).toMatchObject({
      kind: 'caller',
    });
    server.closeAllConnections();
    await Promise.all(unknown);
  });

  it('are asked for once in some seconds while they cannot be had', async () => {
    const { published, judge } = await publishChanging();
    published.status = 500;
    for (let i = 0; i < 20; i += 1) expect(await judge(`made up ${i}`)).toBe('undecided');
    expect(published.fetches).toBe(1);
    published.aheadMs += 5001;
    expect(await judge('first')).toBe('undecided');
    expect(published.fetches).toBe(2);
  });

  it('find a new key some seconds after it was published', async () => {
    const { published, judge } = await publishChanging();
    expect(await judge('first')).toBe('caller');
    published.kid = 'second';
    expect(await judge('second')).toBe('doubtful');
    published.aheadMs += 5001;
    expect(await judge('second')).toBe('caller');
  });
});
