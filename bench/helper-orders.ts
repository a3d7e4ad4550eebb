import type { HelperMessage } from './helper-protocol.ts';

const PROGRESS_EVERY_MS = 100;

/** Carries out an order; `reportShare` may be called as often as it likes. */
type CarryOut<Order, Result> = (order: Order, reportShare: (share: number) => void) => Promise<Result>;

/** Makes this process a helper of the bench: it carries out the orders it is sent, and ends with who started it. */
export function carryOutOrders<Order, Result>(carryOut: CarryOut<Order, Result>): void {
  const tell = (message: HelperMessage<Result>) => process.send?.(message);
  process.on('message', (order: Order) => {
    let share = 0;
    const progress = setInterval(() => tell({ kind: 'progress', share }), PROGRESS_EVERY_MS);
    carryOut(order, (done) => {
      share = done;
    })
      .finally(() => clearInterval(progress))
      .then(
        (result) => tell({ kind: 'result', result }),
        (error: unknown) => tell({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) }),
      );
  });
  // Whoever gave the order is gone.
  process.on('disconnect', () => process.exit(0));
  // Ctrl-C reaches the whole group; the bench itself decides when this process ends.
  process.on('SIGINT', () => undefined);
  tell({ kind: 'ready' });
}
