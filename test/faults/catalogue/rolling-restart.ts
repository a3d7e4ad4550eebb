import { always, type Fault } from '../fault.ts';
import { until } from '../wait.ts';

const ROLLED_WITHIN_MS = 30_000;

export const rollingRestart: Fault = {
  name: 'rolling-restart',
  what: 'SIGHUP: every worker is replaced under load, and every request is answered',
  goodWithinMs: 5000,
  isAvailable: always,
  async inject(world) {
    world.trial.mustAnswerAll = true;
    world.spare(({ status }) => status !== 0, 'a rolling restart turns nobody away');
    const { cluster } = world;
    const before = [...cluster.owners];
    cluster.hangUp();
    world.wound();
    const isReplaced = () => cluster.owners.every((pid, slot) => pid !== before[slot]);
    await until('every worker to be another', isReplaced, ROLLED_WITHIN_MS);
  },
};
