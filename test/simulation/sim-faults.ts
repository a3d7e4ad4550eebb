import type { UserId } from '../../src/domain/operation.ts';
import type { SimCallers } from './sim-callers.ts';
import { SimLauncher } from './sim-launcher.ts';
import { clearUp, type LinkWeather } from './sim-link.ts';
import type { SimWorker } from './sim-worker.ts';
import type { World } from './world.ts';

/** What faults happen to. */
export interface Scene {
  readonly world: World;
  readonly callers: SimCallers;
  readonly users: readonly UserId[];
  readonly launchers: SimLauncher[];
}

/** Something that goes wrong once. It heals by itself; `heal` ends what is still wrong. */
export type Fault = (scene: Scene) => void;

const LONGEST_MS = 7000;

function aWorker({ world, launchers }: Scene): SimWorker | null {
  const alive = launchers.flatMap((launcher) => launcher.workers).filter((worker) => worker.process.isAlive);
  return alive.length === 0 ? null : world.random.pick(alive);
}

/** Mostly short, sometimes longer than every timeout. */
function aWhile({ world: { random } }: Scene): number {
  return random.chance(0.3) ? random.between(1500, LONGEST_MS) : random.between(5, 800);
}

function spoil(scene: Scene, weather: LinkWeather, how: (weather: LinkWeather) => void): void {
  how(weather);
  scene.world.timeline.after(aWhile(scene), () => clearUp(weather));
}

const onWorker =
  (happen: (worker: SimWorker, scene: Scene) => void): Fault =>
  (scene) => {
    const worker = aWorker(scene);
    if (worker !== null) happen(worker, scene);
  };

export function changeBalanceBySql({ world: { server, random, counters }, users }: Scene): void {
  if (server.changeFromOutside(random.pick(users), random.integer(-40, 40) || 1)) counters.count('changed by SQL');
}

export const FAULTS: Readonly<Record<string, Fault>> = {
  'worker killed': onWorker((worker) => worker.process.kill()),

  'worker stopped': onWorker(({ process }, scene) => {
    process.stop();
    scene.world.timeline.after(aWhile(scene), () => process.goOn());
  }),

  'launcher killed': ({ world, launchers }) => {
    const active = launchers.find((launcher) => launcher.isReady);
    if (active === undefined) return;
    active.kill();
    world.timeline.after(world.random.between(100, 2000), () => {
      launchers.push(new SimLauncher(world, launchers.length + 1, world.random.integer(1, 3)));
    });
  },

  'second launcher started': ({ world, launchers }) => {
    if (launchers.filter((launcher) => launcher.isAlive).length > 1) return;
    launchers.push(new SimLauncher(world, launchers.length + 1, world.random.integer(1, 3)));
  },

  'worker replaced': ({ world, callers, launchers }) => {
    const active = launchers.find((launcher) => launcher.isReady);
    if (active === undefined) return;
    const slot = world.random.integer(0, active.workers.length - 1);
    void active.replace(slot, (worker) => callers.whenDrained(worker));
  },

  'server crashed': (scene) => {
    const { server, timeline } = scene.world;
    server.crash();
    timeline.after(aWhile(scene), () => {
      server.isUp = true;
    });
  },

  'backend terminated': ({ world: { server, random } }) => {
    if (server.backends.length > 0) random.pick(server.backends).terminate();
  },

  'read-only': (scene) => {
    const { server, timeline } = scene.world;
    server.weather.isReadOnly = true;
    timeline.after(aWhile(scene), () => {
      server.weather.isReadOnly = false;
    });
  },

  'disk full': (scene) => {
    const { server, timeline, random } = scene.world;
    server.weather.diskFull = random.pick([0.3, 1]);
    timeline.after(aWhile(scene), () => {
      server.weather.diskFull = 0;
    });
  },

  'commits stall': (scene) => {
    const { server, timeline } = scene.world;
    server.weather.commitMaxMs = aWhile(scene);
    timeline.after(aWhile(scene), () => {
      server.weather.commitMaxMs = 0.6;
    });
  },

  'row locked by somebody': (scene) => {
    const { server, timeline, random } = scene.world;
    const holder = {};
    const userId = random.pick(scene.users);
    const account = server.tables.account(userId);
    if (account === undefined) return;
    server.lockRows(holder, [{ userId, expected: account, next: account, entries: [] }], true);
    timeline.after(aWhile(scene), () => server.unlockRows(holder));
  },

  'balance changed by SQL': changeBalanceBySql,

  'writer connection reset': onWorker((worker) => worker.breakWriter()),
  'writer connection black': onWorker((worker, scene) =>
    spoil(scene, worker.writerWeather, (weather) => {
      weather.isBlack = true;
    }),
  ),
  'requests lost': onWorker((worker, scene) =>
    spoil(scene, worker.writerWeather, (weather) => {
      weather.loseRequest = 0.3;
    }),
  ),
  'replies lost': onWorker((worker, scene) =>
    spoil(scene, worker.writerWeather, (weather) => {
      weather.loseReply = 0.3;
    }),
  ),
  'reader black': onWorker((worker, scene) =>
    spoil(scene, worker.readerWeather, (weather) => {
      weather.isBlack = true;
    }),
  ),
  'listener reset': onWorker((worker) => worker.breakFeed()),
  'listener black': onWorker((worker, scene) =>
    spoil(scene, worker.feedWeather, (weather) => {
      weather.isBlack = true;
    }),
  ),
  'links between workers broken': ({ world }) => world.network.breakAll(),
};

/** Ends what is still wrong. */
export function heal({ world, launchers }: Scene): void {
  world.server.isUp = true;
  world.server.weather.isReadOnly = false;
  world.server.weather.commitMaxMs = 0.6;
  world.server.weather.diskFull = 0;
  for (const worker of launchers.flatMap((launcher) => launcher.workers)) {
    worker.process.goOn();
    for (const weather of [worker.writerWeather, worker.readerWeather, worker.feedWeather]) clearUp(weather);
  }
}
