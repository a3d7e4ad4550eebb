import { Agent } from 'node:http';
import { connect } from 'node:net';
import { always, type Fault } from '../fault.ts';
import { sendWish } from '../load.ts';
import { until } from '../wait.ts';
import { GIVE_UP_MS, REQUEST_TIMEOUT_MS, type World } from '../world.ts';

const LEAVERS = 60;
const LEFT = 'the caller has left';
const SAME_KEY_SENDINGS = 1000;
const SAME_KEY_CONNECTIONS = 100;

export const callersDisconnect: Fault = {
  name: 'callers-disconnect',
  what: 'callers close their connection right after the body, or within it: what was whole is done once',
  goodWithinMs: 1000,
  isAvailable: always,
  async inject(world, random) {
    world.spare(({ note }) => note !== LEFT, 'others do not notice');
    world.wound();
    const whole: { readonly userId: number; readonly amount: number }[] = [];
    for (let index = 0; index < LEAVERS; index += 1) {
      const userId = random.pick(world.trial.users);
      const isWhole = random.chance(0.7);
      const amount = await leave(world, userId, isWhole);
      if (isWhole) whole.push({ userId, amount });
    }
    const isDone = async () => {
      const rows = await world.server.query(
        `select from entries join unnest($1::bigint[], $2::bigint[]) as sent(id, amount)
           on entries.user_id = sent.id and entries.amount = sent.amount
         where idempotency_key is null and source = 'service'`,
        [whole.map(({ userId }) => userId), whole.map(({ amount }) => amount)],
      );
      return rows.length === whole.length;
    };
    await until('what was sent whole to be done', isDone, REQUEST_TIMEOUT_MS).catch((error: Error) =>
      world.claim(false, error.message),
    );
  },
};

/** Sends a deposit, or all of it but the end, and is gone. Its amount. */
async function leave(world: World, userId: number, isWhole: boolean): Promise<number> {
  const { records } = world.trial;
  const amount = records.nextAmount(userId, false);
  const body = JSON.stringify({ userId, amount });
  const head = `POST /api/users/update-balance HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  const { hostname, port } = new URL(world.url);
  const invokedMs = performance.now();
  await new Promise<void>((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.end(head + (isWhole ? body : body.slice(0, -2)), () => {
        socket.destroySoon();
        resolve();
      });
    });
  });
  const exchange = {
    kind: isWhole ? 'left' : 'unreachable',
    headers: {},
    body: {},
    localPort: 0,
    reason: LEFT,
  } as const;
  const wish = { operation: records.nextOperation('left'), userId, amount, key: undefined };
  records.add(wish, invokedMs, Number.POSITIVE_INFINITY, { ...exchange, status: 0 });
  return amount;
}

export const oneKey: Fault = {
  name: 'one-key',
  what: '1,000 requests with one key at once: one entry, and one answer for all',
  goodWithinMs: 1000,
  isAvailable: always,
  async inject(world, random) {
    world.spare(() => true, "a key that is sent often stands in nobody's way");
    world.wound();
    const { records, users } = world.trial;
    const userId = random.pick(users);
    const key = records.nextOperation('same-key');
    const wish = { operation: key, userId, amount: records.nextAmount(userId, random.chance(0.5)), key };
    const agent = new Agent({ keepAlive: true, maxSockets: SAME_KEY_CONNECTIONS });
    const send = () => sendWish(wish, { url: world.url, agent, records, giveUpMs: GIVE_UP_MS, byPath: false });
    const answers = await Promise.all(Array.from({ length: SAME_KEY_SENDINGS }, send));
    agent.destroy();
    const distinct = new Set(answers.map(({ call }) => JSON.stringify({ ...call.result, replayed: null })));
    world.claim(distinct.size === 1, `one key had ${distinct.size} different answers: ${[...distinct].slice(0, 3)}`);
  },
};
