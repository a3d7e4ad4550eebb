// The load generator of timed scenarios, in a process of its own: it shares its event loop with nobody.
import { carryOutOrders } from '../helper-orders.ts';
import { sendStream } from './send-stream.ts';

carryOutOrders(sendStream);
