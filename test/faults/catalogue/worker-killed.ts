import type { Fault } from '../fault.ts';
import { isProcKnown } from '../processes.ts';
import type { HoldPoint } from '../proxy-link.ts';
import { forsake, killWorker } from '../workers.ts';

const HELD_WITHIN_MS = 3000;

export const workerKilled: Fault = {
  name: 'worker-killed',
  what: 'a worker gets SIGKILL at any moment; callers of the others see no error',
  goodWithinMs: 1000,
  isAvailable: () => isProcKnown,
  async inject(world, random) {
    killWorker(world, random.pick(world.slots));
  },
};

/** Killed while the proxy has a round of it in its hands. */
function killedInRound(point: HoldPoint, name: string, what: string): Fault {
  return {
    name,
    what,
    goodWithinMs: 1000,
    isAvailable: () => isProcKnown,
    async inject(world) {
      const held = await world.proxy.holdRound({ point, withinMs: HELD_WITHIN_MS });
      killWorker(world, held.slot);
      held.reset();
    },
  };
}

export const workerKilledInRound: readonly Fault[] = [
  killedInRound('request', 'worker-killed-before-send', 'a worker gets SIGKILL when its round is not yet sent'),
  killedInRound('sent', 'worker-killed-after-send', 'a worker gets SIGKILL when its round has just been sent'),
  killedInRound('reply', 'worker-killed-after-commit', 'a worker gets SIGKILL when its round is committed, unanswered'),
];

function stopped(forMs: number, name: string, what: string): Fault {
  return {
    name,
    what,
    countsFrom: 'SIGCONT',
    goodWithinMs: 2000,
    isAvailable: () => isProcKnown,
    async inject(world, random) {
      const slot = random.pick(world.slots);
      const resume = forsake(world, slot);
      await resume(forMs);
      world.wound([slot]);
    },
  };
}

export const workerStopped: readonly Fault[] = [
  stopped(2000, 'worker-stopped-2s', 'a worker gets SIGSTOP, and SIGCONT while its session still lives'),
  stopped(5000, 'worker-stopped-5s', 'a worker gets SIGSTOP, and SIGCONT when PostgreSQL has ended its session'),
];

export const workerHangs: Fault = {
  name: 'worker-hangs',
  what: 'a worker gets SIGSTOP and never goes on; after 10 s its launcher gives its slot to another',
  goodWithinMs: 12_500,
  isAvailable: () => isProcKnown,
  async inject(world, random) {
    const slot = random.pick(world.slots);
    forsake(world, slot);
    world.wound([slot]);
  },
};
