import { deadlineFromNow, type Endpoint, type HttpContext, perform } from './context.ts';
import { refuseBody, refuseQuery, requireUserId } from './preconditions.ts';

/** GET /api/users/:userId/balance */
export function createReadBalance(context: HttpContext): Endpoint {
  return (request, response) => {
    if (refuseQuery(request, response) || refuseBody(request, response)) return;
    const userId = requireUserId(request, response);
    if (userId === null) return;
    void perform(context, request, response, { kind: 'balance', userId, deadlineMs: deadlineFromNow(context) });
  };
}
