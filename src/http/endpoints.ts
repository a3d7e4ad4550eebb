import { createChangeByBody, createChangeByPath } from './change-balance.ts';
import { createChangeMany } from './change-many.ts';
import type { Endpoint, HttpContext } from './context.ts';
import { createCreateUser } from './create-user.ts';
import { createDocsEndpoints } from './docs/docs-endpoints.ts';
import { guard } from './guard.ts';
import { createLive, createReady } from './health.ts';
import { createListEntries } from './list-entries.ts';
import { createReadBalance } from './read-balance.ts';

/** Every handler once, so that Express and the front door share them, and each behind the scope that it needs. */
export interface Endpoints {
  readonly changeByBody: Endpoint;
  readonly changeByPath: Endpoint;
  readonly changeMany: Endpoint;
  readonly readBalance: Endpoint;
  readonly createUser: Endpoint;
  readonly listEntries: Endpoint;
  readonly live: Endpoint;
  readonly ready: Endpoint;
  /** GET of each of these paths. */
  readonly docs: ReadonlyMap<string, Endpoint>;
}

export function createEndpoints(context: HttpContext): Endpoints {
  return {
    changeByBody: guard(context, 'balance:write', createChangeByBody(context)),
    changeByPath: guard(context, 'balance:write', createChangeByPath(context)),
    changeMany: guard(context, 'balance:write', createChangeMany(context)),
    readBalance: guard(context, 'balance:read', createReadBalance(context)),
    createUser: guard(context, 'users:create', createCreateUser(context)),
    listEntries: guard(context, 'balance:read', createListEntries(context)),
    live: createLive(),
    ready: createReady(context),
    docs: createDocsEndpoints(context),
  };
}
