import type { Fault } from '../fault.ts';
import { callersDisconnect, oneKey } from './callers.ts';
import { logFailures, slowFsync, syncRepTerminated, tableDiskFull } from './commits.ts';
import { backendKilled, backendTerminated, postmasterKilledFaults } from './database-killed.ts';
import { launcherKilled, secondLauncher, terminated } from './launcher-ended.ts';
import {
  blackHoleAll,
  blackHoleWriter,
  connectionsReset,
  networkSlow,
  replyLostCommitted,
  replyLostNotCommitted,
  roundStalled,
} from './network.ts';
import { readOnly, rowLocked, tooManyConnections } from './operators.ts';
import { outsideFaults } from './outside.ts';
import { rollingRestart } from './rolling-restart.ts';
import { twoAtOnce } from './two-at-once.ts';
import { workerHangs, workerKilled, workerKilledInRound, workerStopped } from './worker-killed.ts';

/** Everything that can be made to go wrong. A seed's faults are drawn from those available, so the order counts. */
export const catalogue: readonly Fault[] = [
  workerKilled,
  ...workerKilledInRound,
  ...workerStopped,
  workerHangs,
  launcherKilled,
  terminated,
  secondLauncher,
  rollingRestart,
  backendKilled,
  backendTerminated,
  ...postmasterKilledFaults,
  connectionsReset,
  replyLostCommitted,
  replyLostNotCommitted,
  roundStalled,
  networkSlow,
  blackHoleAll,
  blackHoleWriter,
  syncRepTerminated,
  slowFsync,
  ...logFailures,
  tableDiskFull,
  rowLocked,
  readOnly,
  tooManyConnections,
  ...outsideFaults,
  callersDisconnect,
  oneKey,
  twoAtOnce,
];
