import { Agent } from 'node:http';
import type { Random } from '../support/random.ts';
import { ask } from './http-client.ts';
import type { Recorded, Records, Wish } from './records.ts';
import { pause } from './wait.ts';

const THINK_MAX_MS = 24;
const RETRY_AFTER_MS = 40;
/** A key is sent again until it is settled; when that takes longer than this it never will be. */
const SETTLE_WITHIN_MS = 30_000;
const READS = 0.15;
const KEYED = 0.3;
const WITHDRAWALS = 0.65;
const HOT = 0.4;
const HOT_USERS = 3;

export interface LoadOptions {
  /** Where the service is by now. */
  readonly url: () => string;
  readonly users: readonly number[];
  readonly records: Records;
  readonly callers: number;
  readonly random: Random;
  readonly giveUpMs: number;
}

/**
 * Callers that each ask for one thing after the other, on keep-alive connections of their own, until told to stop.
 * What they send under a key they send again until they know.
 */
export class Load {
  readonly #options: LoadOptions;
  readonly #callers: Promise<void>[];
  #isStopping = false;
  /** Keys whose outcome was never learnt. */
  readonly unsettled: string[] = [];

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#callers = Array.from({ length: options.callers }, (_, index) => this.#call(options.random.fork(index)));
  }

  /** Resolves once every caller has its last answer. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#callers);
  }

  async #call(random: Random): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await pause(random.integer(0, THINK_MAX_MS));
    while (!this.#isStopping) {
      await this.#askOnce(agent, random);
      await pause(random.integer(0, THINK_MAX_MS));
    }
    agent.destroy();
  }

  async #askOnce(agent: Agent, random: Random): Promise<void> {
    const { users, records } = this.#options;
    const userId = random.chance(HOT) ? random.pick(users.slice(0, HOT_USERS)) : random.pick(users);
    if (random.chance(READS)) {
      const operation = records.nextOperation('read');
      await sendWish({ operation, userId, amount: 0, key: undefined }, this.#sendOptions(agent, random));
      return;
    }
    const isKeyed = random.chance(KEYED);
    const amount = records.nextAmount(userId, random.chance(WITHDRAWALS));
    const operation = records.nextOperation(isKeyed ? 'key' : 'one');
    const wish = { operation, userId, amount, key: isKeyed ? operation : undefined };
    const options = () => this.#sendOptions(agent, random);
    if (!isKeyed) await sendWish(wish, options());
    else if (!(await sendUntilSettled(wish, options, random))) this.unsettled.push(operation);
  }

  /** Anew for every sending: the service may be elsewhere by then. */
  #sendOptions(agent: Agent, random: Random): SendOptions {
    const { url, records, giveUpMs } = this.#options;
    return { url: url(), agent, records, giveUpMs, byPath: random.chance(0.5) };
  }
}

const isOpen = ({ call }: Recorded): boolean => call.result.kind === 'unknown' || call.result.kind === 'not_applied';

export interface SendOptions {
  readonly url: string;
  readonly agent: Agent;
  readonly records: Records;
  readonly giveUpMs: number;
  /** The user in the path instead of the body. */
  readonly byPath: boolean;
}

/** Sends one call and records it. */
export async function sendWish(wish: Wish, options: SendOptions): Promise<Recorded> {
  const { userId, amount, key } = wish;
  const { url, agent, giveUpMs } = options;
  const balanceUrl = `${url}/api/users/${userId}/balance`;
  const common = { agent, giveUpMs, ...(key === undefined ? {} : { idempotencyKey: key }) };
  const invokedMs = performance.now();
  let exchange: Awaited<ReturnType<typeof ask>>;
  if (amount === 0) exchange = await ask({ ...common, url: balanceUrl, method: 'GET' });
  else if (options.byPath) exchange = await ask({ ...common, url: balanceUrl, method: 'PATCH', body: { amount } });
  else {
    const body = { userId, amount };
    exchange = await ask({ ...common, url: `${url}/api/users/update-balance`, method: 'POST', body });
  }
  return options.records.add(wish, invokedMs, performance.now(), exchange);
}

/** Sends a call with a key again until it is known what became of it. False when that takes too long. */
export async function sendUntilSettled(wish: Wish, options: () => SendOptions, random: Random): Promise<boolean> {
  const untilMs = performance.now() + SETTLE_WITHIN_MS;
  while (isOpen(await sendWish(wish, options()))) {
    if (performance.now() > untilMs) return false;
    await pause(RETRY_AFTER_MS * (1 + random.next()));
  }
  return true;
}
