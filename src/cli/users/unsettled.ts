import type { BalanceClientError } from '../../client/balance-client.ts';
import type { Answer } from '../answer.ts';
import { type EndSignal, EXIT, EXIT_BY_SIGNAL } from '../exit-codes.ts';
import type { Service } from './service.ts';

/** The operation that has no outcome. */
export interface Unsettled {
  readonly error: BalanceClientError;
  readonly service: Service;
  /** The command that settles it under the same key; null where there is no key, or nothing to settle. */
  readonly again: string | null;
}

/** Why there is no outcome, what that means for the money, and what to do. */
export function unsettledAnswer({ error, service, again }: Unsettled): Answer {
  const { code, mayBeApplied, idempotencyKey, attempts } = error;
  const isEnded = code === 'aborted';
  const lines = [
    isEnded ? 'Stopped before there was an outcome.' : `${error.message}.`.replace(/\.\.$/, '.'),
    ...(mayBeApplied ? doubt(again) : [adviceOn(code, service)]),
  ].filter((line) => line !== '');
  return {
    exitCode: isEnded ? EXIT_BY_SIGNAL[error.cause as EndSignal] : exitCodeOf(error),
    complaint: `${lines.join('\n')}\n`,
    json: { kind: 'unsettled', code, message: error.message, mayBeApplied, idempotencyKey, attempts },
  };
}

function doubt(again: string | null): readonly string[] {
  if (again === null) {
    return [
      'It may have been applied, or may yet be. Without a user id there is no key by which to find out: look for the newest',
      'users in the database, or leave it, and give --id next time.',
    ];
  }
  return [
    'It may have been applied, or may yet be. Settle it under the same key, under which it is applied at most once:',
    `  ${again}`,
  ];
}

function exitCodeOf({ code, mayBeApplied, attempts }: BalanceClientError): number {
  if (mayBeApplied) return EXIT.unknown;
  switch (code) {
    case 'deadline_exceeded':
    case 'attempts_exhausted':
    case 'unexpected_answer':
    case 'not_found':
      return EXIT.unreachable;
    case 'idempotency_key_reused':
      return EXIT.refused;
    case 'invalid_request':
      return attempts === 0 ? EXIT.usage : EXIT.failed;
    default:
      return EXIT.failed;
  }
}

function adviceOn(code: BalanceClientError['code'], { url, hasKey }: Service): string {
  switch (code) {
    case 'unauthorized':
      return hasKey
        ? `The service at ${url} does not accept this key. A key that was made since it started is accepted after a SIGHUP.`
        : 'Give a key by USER_BALANCE_API_KEY or --api-key-file; "user-balance keys create" makes one.';
    case 'forbidden':
      return hasKey
        ? 'Nothing was applied. Use a key that has this scope: user-balance keys create --scopes LIST'
        : 'Nothing was applied.';
    case 'idempotency_key_reused':
      return 'Use a key that belongs to this operation alone.';
    case 'not_found':
    case 'unexpected_answer':
      return `Is it this service that answers at ${url}? Check --url or USER_BALANCE_URL.`;
    case 'deadline_exceeded':
    case 'attempts_exhausted':
      return 'Nothing was applied. Try again later, or longer with --timeout.';
    case 'aborted':
      return 'Nothing was applied.';
    default:
      return '';
  }
}
