// The core of the service in a process of its own, as it has one in a worker.
import { carryOutOrders } from '../helper-orders.ts';
import { runCore } from './run-core.ts';

carryOutOrders(runCore);
