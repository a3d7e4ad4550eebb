import { always, type Fault } from '../fault.ts';
import { comesTrue } from '../wait.ts';

const STAND_BY_WITHIN_MS = 20_000;
const END_WITHIN_MS = 5500;

export const launcherKilled: Fault = {
  name: 'launcher-killed',
  what: 'the launcher gets SIGKILL; its workers end too, and a new launcher is started',
  countsFrom: 'the new start',
  goodWithinMs: 10_000,
  isAvailable: always,
  async inject(world) {
    const killed = world.cluster;
    await killed.end('SIGKILL');
    const next = world.spawnCluster();
    world.serveBy(next);
    world.wound();
    await killed.untilGone();
    await next.whenListening();
  },
};

export const terminated: Fault = {
  name: 'launcher-terminated',
  what: 'the launcher gets SIGTERM: it answers everything and ends within 5 s; then a new start',
  countsFrom: 'the new start',
  goodWithinMs: 10_000,
  isAvailable: always,
  async inject(world) {
    world.trial.mustAnswerAll = true;
    const ending = world.cluster;
    const fromMs = performance.now();
    const status = await ending.end('SIGTERM');
    const tookMs = performance.now() - fromMs;
    world.claim(status === 'exit code 0', `ended with ${status}`);
    world.claim(tookMs < END_WITHIN_MS, `ended after ${Math.round(tookMs)} ms`);
    const next = world.spawnCluster();
    world.serveBy(next);
    world.wound();
    await ending.untilGone();
    await next.whenListening();
  },
};

export const secondLauncher: Fault = {
  name: 'second-launcher',
  what: 'a second launcher stands by, and takes over when the first gets SIGKILL',
  goodWithinMs: 6000,
  isAvailable: always,
  async inject(world) {
    const first = world.cluster;
    const second = world.spawnCluster();
    if (!(await comesTrue(() => second.isStandingBy, STAND_BY_WITHIN_MS))) {
      await second.end('SIGKILL');
      throw new Error(`the second launcher does not stand by:\n${second.logTail}`);
    }
    world.claim(await first.isReady(), 'the first launcher is no longer ready beside one that stands by');
    await first.end('SIGKILL');
    world.serveBy(second);
    world.wound();
    await first.untilGone();
    await second.whenListening();
  },
};
