import type { AcceptedCredentials } from '../access/credentials.ts';
import type { Config } from '../config.ts';
import type { WorkerSample } from '../observability/worker-sample.ts';
import type { WriterSessionState } from '../store/writer-session.ts';

/** Comes with a handle of the bound port; several come before `start`. */
export interface AcceptorMessage {
  readonly kind: 'acceptor';
}

/** Everything a worker needs to begin, but the port: that was sent before as handles. */
export interface StartMessage {
  readonly kind: 'start';
  readonly config: Config;
  readonly databaseUrl: string;
  /** Null: nobody is asked for credentials. */
  readonly credentials: AcceptedCredentials | null;
  readonly launcherTag: number;
  readonly slot: number;
  /** Where this worker listens for its peers. */
  readonly peerPath: string;
  /** Where the owner of each slot listens; null while there is none. */
  readonly peerPaths: readonly (string | null)[];
}

/** From the launcher to a worker. */
export type LauncherMessage =
  | AcceptorMessage
  | StartMessage
  /** No other process of ours is in the slot any more: take its lease. */
  | { readonly kind: 'own' }
  /** The owner of a slot has changed. */
  | { readonly kind: 'peer'; readonly slot: number; readonly path: string }
  /** Whether every slot has its owner. */
  | { readonly kind: 'ready'; readonly isReady: boolean }
  /** From now on these are accepted, and no others. */
  | { readonly kind: 'credentials'; readonly credentials: AcceptedCredentials | null }
  /** Take no more requests, and answer those that are open. */
  | { readonly kind: 'drain' }
  /** No worker that sends us operations needs us any more: finish, give the lease back and exit. */
  | { readonly kind: 'stop' };

/** How often a worker says that it is not stuck. */
export const ALIVE_EVERY_MS = 1000;

/** From a worker to the launcher. */
export type WorkerMessage =
  /** It hears us: messages sent before this one may be lost, since its modules load first. */
  | { readonly kind: 'up' }
  | { readonly kind: 'listening' }
  | { readonly kind: 'session'; readonly state: WriterSessionState }
  | { readonly kind: 'drained' }
  /** Its event loop turns. `isDebugged`: a debugger may halt it, for as long as somebody looks. */
  | { readonly kind: 'alive'; readonly isDebugged: boolean }
  /** What it has counted, and how it is. */
  | { readonly kind: 'sample'; readonly sample: WorkerSample }
  /** It cannot work, and neither could a successor. */
  | { readonly kind: 'failed'; readonly reason: string };
