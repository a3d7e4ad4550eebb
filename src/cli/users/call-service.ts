import { BalanceClientError } from '../../client/balance-client.ts';
import type { Answer } from '../answer.ts';
import { untilSignal } from '../until-signal.ts';
import { openService, type Service, type ServiceOptions } from './service.ts';
import { unsettledAnswer } from './unsettled.ts';

/**
 * Opens the service and runs `call` until it ends or a signal ends it. `again` gets the key of a change that has no outcome,
 * and gives the command that settles it.
 */
export function callService(
  options: ServiceOptions,
  call: (client: Service['client'], signal: AbortSignal) => Promise<Answer>,
  again: (idempotencyKey: string) => string,
): Promise<Answer> {
  return untilSignal(async (signal) => {
    const service = await openService(options, signal);
    try {
      return await call(service.client, signal);
    } catch (error) {
      if (!(error instanceof BalanceClientError)) throw error;
      const key = error.idempotencyKey;
      return unsettledAnswer({ error, service, again: key === null ? null : again(key) });
    }
  });
}
