import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, SignJWT } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
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
    expect(await open().identify(token)).toEqual({
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
    expect(await open().identify(token)).toMatchObject({ caller: { scopes: new Set(scopes) } });
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
    expect(await open().identify(await make())).toEqual({ kind: 'doubtful', reason: 'invalid_token' });
  });

  it.each(['RS512', 'PS256'])(
    'of an algorithm that is not allowed proves nothing, although its key is: %s',
    async (alg) => {
      const tokens = new Tokens({ ...issuer, keys: { kind: 'pem', pem: pemOf(rsa.publicKey) } }, systemClock);
      const tokenWith = (name: string) => tokenOf({ alg: name, key: rsa.privateKey });
      expect(await tokens.identify(await tokenWith('RS256'))).toMatchObject({ kind: 'caller' });
      expect(await tokens.identify(await tokenWith(alg))).toEqual({ kind: 'doubtful', reason: 'invalid_token' });
    },
  );

  it('is verified once, then known until it expires', async () => {
    let nowMs = 1_700_000_000_000;
    const tokens = open({ ...systemClock, wallNow: () => nowMs });
    const token = await tokenOf({ nowS: nowMs / 1000, expiresInS: 30 });
    const [first, joined] = [tokens.identify(token), tokens.identify(token)];
    expect(joined).toBe(first);
    expect((await first).kind).toBe('caller');
    expect(tokens.identify(token)).not.toBeInstanceOf(Promise);
    nowMs += 29_999;
    expect(tokens.identify(token)).toMatchObject({ kind: 'caller' });
    nowMs += 6001;
    expect(await tokens.identify(token)).toEqual({ kind: 'doubtful', reason: 'invalid_token' });
  });

  it('is not judged while too many others are', async () => {
    const tokens = open();
    const waiting = Array.from({ length: 256 }, (_, i) => tokens.identify(`token ${i}`));
    expect(tokens.identify('one more')).toEqual({ kind: 'undecided', reason: 'too_many_tokens' });
    await Promise.all(waiting);
    expect(await tokens.identify('one more')).toMatchObject({ kind: 'doubtful' });
  });
});

describe('the published keys of an issuer', () => {
  let server: Server | null = null;
  afterEach(() => server?.close());

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
    expect(await tokens.identify(await tokenOf({ kid: 'first' }))).toMatchObject({ caller: { name: 'shop' } });
    for (let i = 0; i < 20; i += 1) {
      expect(await tokens.identify(await tokenOf({ kid: `made up ${i}` }))).toMatchObject({ reason: 'invalid_token' });
    }
    expect(await tokens.identify(await tokenOf({ kid: 'first', claims: { sub: 'other' } }))).toMatchObject({
      caller: { name: 'other' },
    });
    expect(count()).toBe(1);
  });

  it('leave a token undecided while they cannot be had: it may be a good one', async () => {
    const { tokens } = await publish(ec.publicKey, 500);
    const undecided = { kind: 'undecided', reason: 'issuer_unreachable' };
    expect(await tokens.identify(await tokenOf({ kid: 'first' }))).toEqual(undecided);
    await new Promise((resolve) => server?.close(resolve));
    expect(await tokens.identify(await tokenOf({ kid: 'first' }))).toEqual(undecided);
  });
});
