import { HOP_GRACE_MS, type Operation } from '../domain/operation.ts';
import type { OperationHandler } from '../domain/operation-handler.ts';
import { failed, type Outcome } from '../domain/outcome.ts';
import { type Backoff, jitteredMs } from '../time/backoff.ts';
import type { Clock } from '../time/clock.ts';
import { DeadlineQueue, type Expiring } from '../time/deadline-queue.ts';
import type { Channel, ChannelListener } from './channel.ts';
import type { PeerReply, PeerRequest } from './peer-protocol.ts';

const RECONNECT: Backoff = { firstMs: 10, maxMs: 200 };

/** An operation that waits for the answer of its owner. `wasSent`: the owner may have admitted it. */
interface Call extends Expiring {
  readonly sequence: number;
  operation: Operation;
  wasSent: boolean;
  readonly resolve: (outcome: Outcome) => void;
}

export interface PeerLinkOptions {
  readonly clock: Clock;
  /** Calls that may be open at once. */
  readonly pendingMax: number;
  /** Called for an operation that was one too many. */
  readonly onShed: () => void;
  /** Opens a channel to the present owner: `onOpen` when it stands, `onClose` when it ends or cannot be had. */
  readonly connect: (listener: LinkListener) => void;
}

export interface LinkListener extends ChannelListener {
  readonly onOpen: (channel: Channel) => void;
}

/**
 * The way to the owner of another slot.
 *
 * Disconnected -> connecting -> connected. Calls are kept in order until they are answered: those that the lost
 * connection may have carried are sent again as retries, so that the death of one worker is invisible to callers of
 * another. What the owner did not admit is kept for the next connection, which leads to the next owner.
 */
export class PeerLink implements OperationHandler {
  readonly #options: PeerLinkOptions;
  readonly #calls = new Map<number, Call>();
  readonly #deadlines: DeadlineQueue<Call>;
  #channel: Channel | null = null;
  #cancelReconnect: (() => void) | null = null;
  #isClosed = false;
  #sequence = 0;
  #failures = 0;

  constructor(options: PeerLinkOptions) {
    this.#options = options;
    this.#deadlines = new DeadlineQueue(options.clock, (call: Call) => this.#expire(call));
    this.#connect();
  }

  handle(operation: Operation): Promise<Outcome> {
    if (this.#calls.size >= this.#options.pendingMax) {
      this.#options.onShed();
      return Promise.resolve(failed('overloaded'));
    }
    return new Promise((resolve) => {
      this.#sequence += 1;
      const deadlineMs = operation.deadlineMs + HOP_GRACE_MS;
      const call: Call = {
        sequence: this.#sequence,
        operation,
        wasSent: false,
        resolve,
        deadlineMs,
        earlier: null,
        later: null,
      };
      this.#calls.set(call.sequence, call);
      this.#deadlines.add(call);
      this.#send(call);
    });
  }

  /** Leaves this owner for the one that `connect` leads to now. */
  reconnect(): void {
    this.#failures = 0;
    if (this.#channel !== null) this.#channel.close();
    else if (this.#cancelReconnect !== null) this.#connect();
  }

  /** As for the owner itself: nobody waits past `deadlineMs` and the hop back. */
  cutDeadlinesTo(deadlineMs: number): void {
    this.#deadlines.cutTo(deadlineMs + HOP_GRACE_MS);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelReconnect?.();
    this.#channel?.close();
  }

  #connect(): void {
    this.#cancelReconnect?.();
    this.#cancelReconnect = null;
    this.#options.connect({
      onOpen: (channel) => this.#connected(channel),
      onMessage: (message) => this.#answered(message as PeerReply),
      onClose: () => this.#disconnected(),
    });
  }

  #connected(channel: Channel): void {
    this.#channel = channel;
    for (const call of this.#calls.values()) this.#send(call);
  }

  #send(call: Call): void {
    if (this.#channel === null) return;
    call.wasSent = true;
    const request: PeerRequest = [call.sequence, call.operation];
    this.#channel.send(request);
  }

  #answered([sequence, outcome]: PeerReply): void {
    this.#failures = 0;
    const call = this.#calls.get(sequence);
    if (call === undefined) return;
    if (outcome === null) {
      call.wasSent = false;
      return;
    }
    this.#calls.delete(sequence);
    this.#deadlines.remove(call);
    call.resolve(outcome);
  }

  #disconnected(): void {
    this.#channel = null;
    for (const call of this.#calls.values()) if (call.wasSent) call.operation = asRetry(call.operation);
    if (this.#isClosed) return;
    const { clock } = this.#options;
    this.#cancelReconnect = clock.schedule(jitteredMs(clock, RECONNECT, this.#failures), () => this.#connect());
    this.#failures += 1;
  }

  /** Only a change that may have reached its owner can be unknown; a question that has no answer changes nothing. */
  #expire(call: Call): void {
    this.#calls.delete(call.sequence);
    const { operation } = call;
    const mayBeApplied =
      (operation.kind === 'change' || operation.kind === 'create') && (call.wasSent || operation.isRetry);
    call.resolve(failed(mayBeApplied ? 'outcome_unknown' : 'not_ready'));
  }
}

function asRetry(operation: Operation): Operation {
  return operation.kind === 'change' || operation.kind === 'create' ? { ...operation, isRetry: true } : operation;
}
