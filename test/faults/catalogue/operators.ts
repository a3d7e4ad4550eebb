import { always, type Fault } from '../fault.ts';
import type { Random } from '../random.ts';
import { pause } from '../wait.ts';
import type { World } from '../world.ts';

const LISTENERS = 'highload-user-balance listener';
const everyone = 'highload-user-balance';

export const rowLocked: Fault = {
  name: 'row-locked',
  what: 'somebody holds the row of a busy user for 1.5 s, and may change it; all others go on',
  countsFrom: 'the row being free again',
  goodWithinMs: 2000,
  isAvailable: always,
  async inject(world, random) {
    const { hotUser } = world.trial;
    const client = await world.server.connect();
    try {
      await client.query('begin');
      await client.query('select from users where id = $1 for update', [hotUser]);
      const fromMs = performance.now();
      world.spare(({ userId }) => userId !== hotUser, 'only the user with the locked row waits');
      await pause(1500);
      if (random.chance(0.5)) {
        await client.query('update users set balance = balance + $2 where id = $1', [hotUser, random.integer(1, 99)]);
      }
      await client.query('commit');
      world.claim(performance.now() - fromMs < 2500, 'the row was held for much longer than meant');
    } finally {
      await client.end();
    }
    world.wound([world.slotOf(hotUser)]);
  },
};

export const readOnly: Fault = {
  name: 'read-only',
  what: 'the database takes no writes for 0.5 to 2 s',
  countsFrom: 'it taking writes again',
  goodWithinMs: 2000,
  isAvailable: always,
  async inject(world, random) {
    const reset = await world.server.setSetting('default_transaction_read_only', 'on');
    await pause(random.integer(500, 2000));
    await reset();
    world.wound();
  },
};

export const tooManyConnections: Fault = {
  name: 'too-many-connections',
  what: 'every session of the service is ended, and for 0.5 to 2 s there is room for no or too few others',
  countsFrom: 'there being room again',
  goodWithinMs: 2000,
  isAvailable: always,
  async inject(world, random) {
    const { server } = world;
    await server.query(`alter role ${server.serviceRole} connection limit ${random.integer(0, 2)}`);
    await server.terminate(everyone);
    await pause(random.integer(500, 2000));
    await server.query(`alter role ${server.serviceRole} connection limit -1`);
    world.wound();
  },
};

export const outsideWriter: Fault = {
  name: 'outside-writer',
  what: 'an operator changes balances with plain SQL; nobody is turned away, and within 1 s all is seen',
  goodWithinMs: 1000,
  isAvailable: always,
  async inject(world, random) {
    world.spare(() => true, "plain SQL stands in nobody's way");
    world.wound();
    await changeFromOutside(world, random, 30);
  },
};

async function changeFromOutside(world: World, random: Random, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    const userId = random.chance(0.4) ? world.trial.hotUser : random.pick(world.trial.users);
    const amount = random.integer(-60, 100);
    await world.server.query(
      'update users set balance = balance + $2 where id = $1 and balance + $2 >= 0 and $2 <> 0',
      [userId, amount],
    );
    await pause(random.integer(0, 40));
  }
}

export const listenerTerminated: Fault = {
  name: 'listener-terminated',
  what: 'the sessions that hear of plain SQL are ended while an operator changes balances',
  goodWithinMs: 1000,
  isAvailable: always,
  async inject(world, random) {
    world.spare(() => true, 'nobody needs the listener to be served');
    await world.server.terminate(LISTENERS);
    world.wound();
    await changeFromOutside(world, random, 30);
    await pause(1200);
  },
};

export const listenerBlackHole: Fault = {
  name: 'listener-black-hole',
  what: 'the sessions that hear of plain SQL fall silent while an operator changes balances',
  goodWithinMs: 1000,
  isAvailable: always,
  async inject(world, random) {
    world.spare(() => true, 'nobody needs the listener to be served');
    world.proxy.silence((link) => link.role === 'listener');
    world.wound();
    await changeFromOutside(world, random, 40);
    // Long enough that what is still remembered is older than may be.
    await pause(2000);
    world.proxy.passAll();
  },
};
