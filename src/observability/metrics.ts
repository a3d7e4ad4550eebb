import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** The metrics of the launcher: of its process and of its workers. Other parts add theirs to the registry. */
export function createMetrics(sources: { readonly countOwnedSlots: () => number }): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'user_balance_workers',
    help: 'Slots of this launcher whose worker holds its lease; 0 while it stands by.',
    registers: [registry],
    collect() {
      this.set(sources.countOwnedSlots());
    },
  });
  return registry;
}
