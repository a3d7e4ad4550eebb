import { ROUTE } from '../observability/metric-definitions.ts';
import { createChangeByBody, createChangeByPath } from './change-balance.ts';
import { createChangeMany } from './change-many.ts';
import type { Endpoint, HttpContext } from './context.ts';
import { createCreateUser } from './create-user.ts';
import { createDocsEndpoints } from './docs/docs-endpoints.ts';
import { guard } from './guard.ts';
import { createLive, createReady } from './health.ts';
import { createListEntries } from './list-entries.ts';
import { onRoute } from './observed-response.ts';
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
  const docs = [...createDocsEndpoints(context)];
  return {
    changeByBody: onRoute(ROUTE.changeByBody, guard(context, 'balance:write', createChangeByBody(context))),
    changeByPath: onRoute(ROUTE.changeByPath, guard(context, 'balance:write', createChangeByPath(context))),
    changeMany: onRoute(ROUTE.changeMany, guard(context, 'balance:write', createChangeMany(context))),
    readBalance: onRoute(ROUTE.readBalance, guard(context, 'balance:read', createReadBalance(context))),
    createUser: onRoute(ROUTE.createUser, guard(context, 'users:create', createCreateUser(context))),
    listEntries: onRoute(ROUTE.listEntries, guard(context, 'balance:read', createListEntries(context))),
    live: onRoute(ROUTE.live, createLive()),
    ready: onRoute(ROUTE.ready, createReady(context)),
    docs: new Map(docs.map(([path, endpoint]) => [path, onRoute(ROUTE.docs, endpoint)])),
  };
}
