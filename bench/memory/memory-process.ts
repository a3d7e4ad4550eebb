// A worker's cache in a process that nothing was cached in before.
import { carryOutOrders } from '../helper-orders.ts';
import { fillCache } from './fill-cache.ts';

carryOutOrders(fillCache);
