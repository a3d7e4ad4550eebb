import { always, type Fault } from '../fault.ts';
import { pause } from '../wait.ts';

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
    const { length: before } = await server.readLog();
    await server.query(`alter role ${server.serviceRole} connection limit ${random.integer(0, 2)}`);
    await server.terminate(everyone);
    await pause(random.integer(500, 2000));
    await server.query(`alter role ${server.serviceRole} connection limit -1`);
    world.wound();
    if (!(await server.readLog(before)).includes('too many connections')) throw new Error('there was room for all');
  },
};
