import { always, type Fault } from '../fault.ts';
import { backendTerminated } from './database-killed.ts';
import { blackHoleAll, connectionsReset, networkSlow } from './network.ts';
import { readOnly, rowLocked } from './operators.ts';
import { workerKilled, workerStopped } from './worker-killed.ts';

/** Those that can be injected whatever else is wrong. */
const compatible: readonly Fault[] = [
  workerKilled,
  ...workerStopped,
  backendTerminated,
  connectionsReset,
  networkSlow,
  blackHoleAll,
  readOnly,
  rowLocked,
];

export const twoAtOnce: Fault = {
  name: 'two-at-once',
  what: 'two of the others at the same time',
  countsFrom: 'the end of both',
  goodWithinMs: 4000,
  isAvailable: always,
  async inject(world, random) {
    const [first, second] = random.shuffle(compatible.filter((fault) => fault.isAvailable()));
    if (first === undefined || second === undefined) throw new Error('there are no two');
    world.trial.label = `${first.name} and ${second.name}`;
    await Promise.all([first.inject(world, random.fork(1)), second.inject(world, random.fork(2))]);
    // Whom one of them spares the other may hurt.
    world.trial.spared.length = 0;
    world.wound();
  },
};
