import type { Random } from '../../support/random.ts';
import { always, type Fault } from '../fault.ts';
import { pause } from '../wait.ts';
import type { World } from '../world.ts';

const LISTENERS = 'highload-user-balance listener';
const CHANGES = 30;
const BYSTANDERS = 10;
/** Plain SQL is seen by then. */
const SEEN_WITHIN_MS = 1000;

function whileOutsidersWrite(
  name: string,
  what: string,
  disturb: (world: World) => Promise<void> | void,
  restore: (world: World) => void,
): Fault {
  return {
    name,
    what,
    goodWithinMs: 1000,
    isAvailable: always,
    async inject(world, random) {
      world.spare(() => true, "plain SQL stands in nobody's way");
      const bystanders = await world.createUsers(BYSTANDERS, 100);
      // Now their balances are remembered.
      await claimBalances(world, bystanders, 100);
      await disturb(world);
      world.wound();
      await changeFromOutside(world, random);
      await world.server.query('update users set balance = balance + 7 where id = any($1)', [bystanders]);
      await pause(SEEN_WITHIN_MS);
      await claimBalances(world, bystanders, 107);
      restore(world);
    },
  };
}

async function claimBalances(world: World, users: readonly number[], balance: number): Promise<void> {
  const answers = await Promise.all(
    users.map(async (userId) => {
      const response = await fetch(`${world.url}/api/users/${userId}/balance`);
      return ((await response.json()) as { readonly balance: number }).balance;
    }),
  );
  const stale = answers.filter((answer) => answer !== balance).length;
  world.claim(stale === 0, `${stale} of ${users.length} balances are read as they were before, not as ${balance}`);
}

async function changeFromOutside(world: World, random: Random): Promise<void> {
  for (let change = 0; change < CHANGES; change += 1) {
    const userId = random.chance(0.4) ? world.trial.hotUser : random.pick(world.trial.users);
    const amount = random.integer(1, 100) * (random.chance(0.4) ? -1 : 1);
    // As whoever locks optimistically does, or as whoever does not.
    const version = random.chance(0.5) ? ', version = version + 1' : '';
    const sql = `update users set balance = balance + $2${version} where id = $1 and balance + $2 >= 0`;
    await world.server.query(sql, [userId, amount]);
    await pause(random.integer(0, 40));
  }
}

export const outsideFaults: readonly Fault[] = [
  whileOutsidersWrite(
    'outside-writer',
    'an operator changes balances with plain SQL; within 1 s all is seen',
    () => undefined,
    () => undefined,
  ),
  whileOutsidersWrite(
    'listener-terminated',
    'the sessions that hear of plain SQL are ended while an operator changes balances',
    (world) => world.server.terminate(LISTENERS),
    () => undefined,
  ),
  whileOutsidersWrite(
    'listener-black-hole',
    'the sessions that hear of plain SQL fall silent while an operator changes balances',
    (world) => world.proxy.silence((link) => link.role === 'listener'),
    (world) => world.proxy.passAll(),
  ),
];
