import { createChangeByBody, createChangeByPath } from './change-balance.ts';
import type { Endpoint, HttpContext } from './context.ts';
import { createCreateUser } from './create-user.ts';
import { createLive, createReady } from './health.ts';
import { createListEntries } from './list-entries.ts';
import { createReadBalance } from './read-balance.ts';

/** Every handler once, so that Express and the front door share them. */
export interface Endpoints {
  readonly changeByBody: Endpoint;
  readonly changeByPath: Endpoint;
  readonly readBalance: Endpoint;
  readonly createUser: Endpoint;
  readonly listEntries: Endpoint;
  readonly live: Endpoint;
  readonly ready: Endpoint;
}

export function createEndpoints(context: HttpContext): Endpoints {
  return {
    changeByBody: createChangeByBody(context),
    changeByPath: createChangeByPath(context),
    readBalance: createReadBalance(context),
    createUser: createCreateUser(context),
    listEntries: createListEntries(context),
    live: createLive(),
    ready: createReady(context),
  };
}
