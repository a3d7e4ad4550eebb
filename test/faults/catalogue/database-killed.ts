import { always, type Fault } from '../fault.ts';
import { signal } from '../processes.ts';
import { pause, until } from '../wait.ts';
import type { World } from '../world.ts';

const BACK_WITHIN_MS = 20_000;
const countsFrom = 'PostgreSQL taking connections again';

export async function untilDatabaseIsBack(world: World): Promise<void> {
  await until('PostgreSQL to take connections', () => world.server.isAccepting(), BACK_WITHIN_MS);
}

export const backendKilled: Fault = {
  name: 'backend-killed',
  what: 'the backend of a worker gets SIGKILL; PostgreSQL ends every session and recovers',
  countsFrom,
  goodWithinMs: 2000,
  isAvailable: always,
  async inject(world, random) {
    const pid = random.pick(await world.server.backendPids('highload-user-balance writer'));
    signal(pid, 'SIGKILL');
    // The postmaster needs a moment to see it.
    await pause(50);
    await untilDatabaseIsBack(world);
    world.wound();
  },
};

export const backendTerminated: Fault = {
  name: 'backend-terminated',
  what: 'the sessions of all workers are ended by an operator',
  goodWithinMs: 2000,
  isAvailable: always,
  async inject(world) {
    world.spare(() => true, 'the rounds are settled before anybody has to know');
    await world.server.terminate('highload-user-balance writer');
    world.wound();
  },
};

function postmasterKilled(awayMs: number, name: string, what: string): Fault {
  return {
    name,
    what,
    countsFrom,
    goodWithinMs: 2000,
    isAvailable: always,
    async inject(world) {
      await world.server.kill('SIGKILL');
      await pause(awayMs);
      await world.server.start();
      world.wound();
    },
  };
}

export const postmasterKilledFaults: readonly Fault[] = [
  postmasterKilled(0, 'postmaster-killed', 'PostgreSQL gets SIGKILL and is started at once'),
  postmasterKilled(1000, 'postmaster-killed-1s', 'PostgreSQL gets SIGKILL and is started after a second'),
];
