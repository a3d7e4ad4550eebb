// The load generator of timed scenarios, in a process of its own: it shares its event loop with nobody.
import { collectGarbage } from '../garbage.ts';
import { carryOutOrders } from '../helper-orders.ts';
import type { StreamPlan } from './plan.ts';
import { sendStream } from './send-stream.ts';

carryOutOrders((plan: StreamPlan, reportShare) => {
  collectGarbage();
  return sendStream(plan, reportShare);
});
