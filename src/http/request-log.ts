import { withoutSecrets } from '../access/redaction.ts';
import type { Logger } from '../observability/logger.ts';
import { requestIdOf } from './request-id.ts';
import type { RequestObserver } from './request-tracing.ts';

/** One line per request, for whoever looks for the cause of something: too much to be written all the time. */
export function createRequestLog(log: Pick<Logger, 'debug'>): RequestObserver {
  return (request, response) => {
    const startedAtMs = performance.now();
    response.once('close', () => {
      log.debug(
        {
          requestId: requestIdOf(request),
          method: request.method,
          path: withoutSecrets(request.url as string),
          status: response.headersSent ? response.statusCode : null,
          isWhole: response.writableFinished,
          tookMs: Math.round((performance.now() - startedAtMs) * 100) / 100,
        },
        'a request',
      );
    });
  };
}
