import type { Logger } from '../observability/logger.ts';
import type { Clock } from '../time/clock.ts';
import { Authenticator } from './authenticator.ts';
import { BoundedLog } from './bounded-log.ts';
import type { Identification } from './caller.ts';
import type { AcceptedCredentials } from './credentials.ts';
import { LocalCallers } from './local-callers.ts';
import type { Quota, RateLimit, Taken } from './rate-limit.ts';
import { withoutSecrets } from './redaction.ts';
import type { Scope } from './scope.ts';
import { subjectOfAddress, subjectOfCaller } from './subject.ts';

/** What a request shows before its body is read. */
export interface Visitor {
  readonly authorization: string | undefined;
  readonly remoteAddress: string;
  readonly method: string;
  readonly path: string;
  /** The fields Host, Origin and Sec-Fetch-Site. */
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  /** The caller's name of the request; null without one. */
  readonly requestId: string | null;
}

/** Counts further requests of a caller who was admitted. */
export type Count = (requests: number) => Taken | Promise<Taken>;

/** Whether a request may go on. `quota` is null without a rate limit. */
export type Verdict =
  /** `caller` is null when nobody is asked for credentials, `count` without a rate limit. */
  | {
      readonly kind: 'admitted';
      readonly caller: string | null;
      readonly quota: Quota | null;
      readonly count: Count | null;
    }
  | { readonly kind: 'unauthorized'; readonly hasCredentials: boolean; readonly quota: Quota | null }
  | { readonly kind: 'forbidden'; readonly scope: Scope; readonly quota: Quota | null }
  | { readonly kind: 'rate_limited'; readonly quota: Quota | null }
  /** Nobody is asked for credentials, and it may come from a page of somebody else in a browser here. */
  | { readonly kind: 'foreign'; readonly quota: Quota | null }
  /** The credentials could not be judged. */
  | { readonly kind: 'undecided'; readonly quota: Quota | null };

/** Decides who may do what. */
export interface Gate {
  /** Answers at once wherever it can: always, for an API key without a rate limit. */
  judge(visitor: Visitor, scope: Scope): Verdict | Promise<Verdict>;
}

export interface AccessGateOptions {
  /** Null: whoever comes may do anything. */
  readonly credentials: AcceptedCredentials | null;
  readonly rateLimit: RateLimit | null;
  /** Without credentials, only those are served who call this machine a loopback one. */
  readonly isLocalOnly: boolean;
  /** Of the rate limit's groups of addresses; a secret of this run. */
  readonly salt: string;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'warn'>;
}

/** The gate of a worker. It identifies the caller, counts the request, and looks whether the caller has the scope. */
export class AccessGate implements Gate {
  readonly #options: AccessGateOptions;
  readonly #refusals: BoundedLog;
  readonly #local: LocalCallers | null;
  #authenticator: Authenticator | null;

  constructor(options: AccessGateOptions) {
    this.#options = options;
    this.#refusals = new BoundedLog(options.log, options.clock);
    this.#authenticator = this.#authenticatorOf(options.credentials);
    this.#local = options.isLocalOnly ? new LocalCallers() : null;
  }

  /** From now on these are accepted, and no others. */
  accept(credentials: AcceptedCredentials | null): void {
    this.#authenticator = this.#authenticatorOf(credentials);
  }

  judge(visitor: Visitor, scope: Scope): Verdict | Promise<Verdict> {
    const identified = this.#authenticator?.identify(visitor.authorization) ?? null;
    if (identified instanceof Promise) return identified.then((settled) => this.#decide(visitor, scope, settled));
    return this.#decide(visitor, scope, identified);
  }

  #decide(visitor: Visitor, scope: Scope, identified: Identification | null): Verdict | Promise<Verdict> {
    const verdict = this.#verdictOn(visitor, scope, identified);
    const { rateLimit, salt } = this.#options;
    // What we could not judge is nobody's fault.
    if (rateLimit === null || verdict.kind === 'undecided') return verdict;
    // Whoever cannot say who he is counts by his address, so that guessing is limited too.
    const subject =
      identified?.kind === 'caller'
        ? subjectOfCaller(identified.caller.name)
        : subjectOfAddress(visitor.remoteAddress, salt);
    const taken = rateLimit.take(subject);
    const limited = ({ isAdmitted, quota }: Taken): Verdict => {
      if (!isAdmitted) return { kind: 'rate_limited', quota };
      if (verdict.kind !== 'admitted') return { ...verdict, quota };
      return { ...verdict, quota, count: (requests) => rateLimit.take(subject, requests) };
    };
    return taken instanceof Promise ? taken.then(limited) : limited(taken);
  }

  #verdictOn(visitor: Visitor, scope: Scope, identified: Identification | null): Verdict {
    if (identified === null) return this.#verdictOnAnybody(visitor);
    switch (identified.kind) {
      case 'caller': {
        const { name, keyId, scopes } = identified.caller;
        if (scopes.has(scope)) return { kind: 'admitted', caller: name, quota: null, count: null };
        this.#logRefusal(visitor, { reason: 'scope_missing', scope, caller: name, keyId });
        return { kind: 'forbidden', scope, quota: null };
      }
      case 'doubtful': {
        const { reason, caller, keyId } = identified;
        this.#logRefusal(visitor, { reason, caller, keyId });
        return { kind: 'unauthorized', hasCredentials: hasBearer(reason), quota: null };
      }
      case 'undecided':
        this.#logRefusal(visitor, { reason: identified.reason });
        return { kind: 'undecided', quota: null };
    }
  }

  #verdictOnAnybody(visitor: Visitor): Verdict {
    if (this.#local?.isLocal(visitor.host, visitor.origin, visitor.fetchSite) === false) {
      this.#logRefusal(visitor, { reason: 'foreign_host_or_site' });
      return { kind: 'foreign', quota: null };
    }
    return { kind: 'admitted', caller: null, quota: null, count: null };
  }

  /** The credentials are no part of it, not even their beginning. */
  #logRefusal({ method, path, remoteAddress, requestId }: Visitor, fields: object): void {
    this.#refusals.warn(
      () => ({ ...fields, method, path: withoutSecrets(path), remoteAddress, requestId }),
      'A request was refused',
    );
  }

  #authenticatorOf(credentials: AcceptedCredentials | null): Authenticator | null {
    return credentials === null ? null : new Authenticator(credentials, this.#options.clock);
  }
}

const hasBearer = (reason: string) => reason !== 'no_credentials' && reason !== 'not_a_bearer_token';
