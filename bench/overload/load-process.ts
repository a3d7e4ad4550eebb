// The load of an overload measurement, in a process of its own.
import { type LoadPlan, sendLoad } from './load-source.ts';

process.on('message', (plan: LoadPlan) => {
  void sendLoad(plan).then((report) => process.send?.(report));
});
// Whoever ordered the load is gone.
process.on('disconnect', () => process.exit(0));
