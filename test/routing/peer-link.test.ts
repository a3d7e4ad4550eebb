import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HOP_GRACE_MS, type Operation } from '../../src/domain/operation.ts';
import type { OperationHandler } from '../../src/domain/operation-handler.ts';
import { failed, type Outcome } from '../../src/domain/outcome.ts';
import { connectChannel } from '../../src/routing/channel.ts';
import { PeerServer } from '../../src/routing/peer-server.ts';
import { Peers } from '../../src/routing/peers.ts';
import { systemClock as clock } from '../../src/time/clock.ts';
import { aBalanceQuery, aChange } from '../support/operations.ts';

/** An owner that remembers what it was sent and answers as it is told. */
class FakeOwner implements OperationHandler {
  readonly received: Operation[] = [];
  answer: (operation: Operation) => Promise<Outcome> = (operation) =>
    Promise.resolve({ kind: 'balance', userId: operation.userId, balance: 1, version: 1 } as Outcome);

  handle(operation: Operation): Promise<Outcome> {
    this.received.push(operation);
    return this.answer(operation);
  }
}

const never = () => new Promise<Outcome>(() => undefined);

let folder: string;
const closers: (() => void)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'peer-'));
});
afterEach(async () => {
  for (const close of closers.splice(0)) close();
  await rm(folder, { recursive: true, force: true });
});

async function aServer(name: string, owner: OperationHandler) {
  const server = new PeerServer(owner, clock);
  const path = join(folder, name);
  await server.listen(path);
  closers.push(() => server.close());
  return { server, path };
}

function aLink(path: string | null, options: { readonly pendingMax?: number } = {}) {
  const peers = new Peers({
    slot: 0,
    paths: [null, path],
    connect: (to, listener) => connectChannel(to, clock, listener),
    clock,
    pendingMax: options.pendingMax ?? 1000,
  });
  closers.push(() => peers.close());
  const [, link] = peers.handlersWith({ handle: never });
  if (link === undefined) throw new Error('there is a link for slot 1');
  return { peers, link };
}

describe('a peer link', () => {
  it('carries operations to the owner and outcomes back, each to its own caller', async () => {
    const owner = new FakeOwner();
    const { path } = await aServer('a', owner);
    const { link } = aLink(path);
    const users = Array.from({ length: 500 }, (_, index) => index + 1);
    const outcomes = await Promise.all(users.map((user) => link.handle(aBalanceQuery(user))));
    expect(outcomes.map((outcome) => outcome.kind === 'balance' && outcome.userId)).toEqual(users);
  });

  it('sends again, as retries, what a lost connection may have carried', async () => {
    const dying = new FakeOwner();
    dying.answer = never;
    const first = await aServer('a', dying);
    const { peers, link } = aLink(first.path);
    const change = aChange(1, -1);
    const outcome = link.handle(change);
    await vi.waitUntil(() => dying.received.length === 1);

    const successor = new FakeOwner();
    const second = await aServer('b', successor);
    first.server.close();
    peers.meet(1, second.path);
    expect(await outcome).toMatchObject({ kind: 'balance' });
    expect(dying.received).toEqual([change]);
    expect(successor.received).toEqual([{ ...change, isRetry: true }]);
  });

  it('keeps what the owner does not admit for the next one, not as a retry', async () => {
    const leaving = new FakeOwner();
    const first = await aServer('a', leaving);
    first.server.refuseAll();
    const { peers, link } = aLink(first.path);
    const change = aChange(1, -1);
    const outcome = link.handle(change);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(leaving.received).toEqual([]);

    const successor = new FakeOwner();
    const second = await aServer('b', successor);
    peers.meet(1, second.path);
    expect(await outcome).toMatchObject({ kind: 'balance' });
    expect(successor.received).toEqual([change]);
  });

  it('says not_ready at the deadline of what was never sent, and unknown of a change that was', async () => {
    const nobody = aLink(null).link;
    expect(await nobody.handle(aChange(1, -1, { timeoutMs: 30 }))).toEqual(failed('not_ready'));

    const silent = new FakeOwner();
    silent.answer = never;
    const { path } = await aServer('a', silent);
    const { link } = aLink(path);
    const startedMs = clock.now();
    const [change, query] = await Promise.all([
      link.handle(aChange(1, -1, { timeoutMs: 50 })),
      link.handle({ ...aBalanceQuery(1), deadlineMs: clock.now() + 50 }),
    ]);
    expect(change).toEqual(failed('outcome_unknown'));
    expect(query).toEqual(failed('not_ready'));
    expect(clock.now() - startedMs).toBeGreaterThanOrEqual(50 + HOP_GRACE_MS);
  });

  it('keeps its connection to an owner that it meets again', async () => {
    const owner = new FakeOwner();
    let answer = (): void => undefined;
    owner.answer = () => new Promise((resolve) => (answer = () => resolve(failed('internal'))));
    const { path } = await aServer('a', owner);
    const { peers, link } = aLink(path);
    const outcome = link.handle(aChange(1, -1));
    await vi.waitUntil(() => owner.received.length === 1);
    peers.meet(1, path);
    answer();
    expect(await outcome).toEqual(failed('internal'));
    expect(owner.received).toHaveLength(1);
  });

  it('bounds what is open with one peer', async () => {
    const { link } = aLink(null, { pendingMax: 2 });
    const [a, b, c] = [1, 2, 3].map((user) => link.handle(aChange(user, -1, { timeoutMs: 30 })));
    expect(await c).toEqual(failed('overloaded'));
    expect([await a, await b]).toEqual([failed('not_ready'), failed('not_ready')]);
  });
});
