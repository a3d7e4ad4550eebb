import type { Socket } from 'node:net';

/** What a connection of the service is for, as its startup message names it. */
export type Role = 'writer' | 'reader' | 'listener' | 'other';

/** How far a round goes before it is held: not yet sent, sent, or committed with the reply on its way back. */
export type HoldPoint = 'request' | 'sent' | 'reply';

/** A round that the proxy has in its hands. */
export interface HeldRound {
  readonly link: ProxyLink;
  readonly slot: number;
  /** Lets it go on as if nothing had happened. */
  release(): void;
  /** Resets both ends: what is held never arrives. */
  reset(): void;
}

export interface LinkHost {
  /** Asked for every round that passes: null lets it pass. */
  takeHold(link: ProxyLink): { readonly point: HoldPoint; readonly resolve: (held: HeldRound) => void } | null;
  /** Added to the way of every chunk, in both directions. */
  readonly delayMs: number;
  /** True: nothing of this link is forwarded for now. */
  isSilenced(link: ProxyLink): boolean;
  closed(link: ProxyLink): void;
}

/** A Bind of one of the service's round statements: an empty portal name, then the statement's. */
const ROUND_MARK = Buffer.from('\0round');
/** ReadyForQuery outside a transaction: what was asked for has been committed. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

interface Hold {
  readonly point: HoldPoint;
  readonly resolve: (held: HeldRound) => void;
  isGiven: boolean;
}

/**
 * One connection through the proxy.
 *
 * Chunks pass in order, each when it is due. While a hold is on, what comes from the held side on is kept; while the
 * link is silenced, what comes from either side is kept. Closing one side closes the other, unless silenced: then the
 * other side never learns of it, as behind a dead switch.
 */
export class ProxyLink {
  readonly #host: LinkHost;
  readonly #service: Socket;
  readonly #server: Socket;
  role: Role = 'other';
  /** Of a writer. */
  slot = -1;
  #hasStarted = false;
  #isClosed = false;
  #hold: Hold | null = null;
  #toServer: Buffer[] = [];
  #toService: Buffer[] = [];
  #replyTail = Buffer.alloc(0);

  constructor(host: LinkHost, service: Socket, server: Socket) {
    this.#host = host;
    this.#service = service;
    this.#server = server;
    service.setNoDelay(true);
    server.setNoDelay(true);
    service.on('data', (chunk: Buffer) => this.#later(() => this.#fromService(chunk)));
    server.on('data', (chunk: Buffer) => this.#later(() => this.#fromServer(chunk)));
    for (const socket of [service, server]) {
      socket.on('error', () => undefined);
      for (const event of ['end', 'close']) {
        socket.on(event, () => this.#later(() => this.#sideEnded()));
      }
    }
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Both ends see a reset. */
  reset(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#service.resetAndDestroy();
    this.#server.resetAndDestroy();
    this.#host.closed(this);
  }

  /** Sends on what was kept, unless it is kept for another reason still. */
  flush(): void {
    if (this.#host.isSilenced(this)) return;
    if (hasEnded(this.#service) || hasEnded(this.#server)) {
      this.#sideEnded();
      return;
    }
    if (this.#hold?.point !== 'request') for (const chunk of this.#toServer.splice(0)) this.#server.write(chunk);
    if (this.#hold === null) for (const chunk of this.#toService.splice(0)) this.#service.write(chunk);
  }

  #fromService(chunk: Buffer): void {
    if (!this.#hasStarted) this.#readStartup(chunk);
    if (this.role === 'writer' && this.#hold === null && chunk.includes(ROUND_MARK)) this.#meetRound();
    this.#toServer.push(chunk);
    this.flush();
    if (this.#hold?.point === 'request' || this.#hold?.point === 'sent') this.#give();
  }

  #fromServer(chunk: Buffer): void {
    this.#toService.push(chunk);
    if (this.#hold?.point === 'reply') {
      this.#replyTail = Buffer.concat([this.#replyTail, chunk]).subarray(-READY.length);
      if (this.#replyTail.equals(READY)) this.#give();
    }
    this.flush();
  }

  #meetRound(): void {
    const taken = this.#host.takeHold(this);
    if (taken === null) return;
    this.#hold = { ...taken, isGiven: false };
    this.#replyTail = Buffer.alloc(0);
  }

  #give(): void {
    const hold = this.#hold;
    if (hold === null || hold.isGiven) return;
    hold.isGiven = true;
    hold.resolve({
      link: this,
      slot: this.slot,
      release: () => {
        this.#hold = null;
        this.flush();
      },
      reset: () => this.reset(),
    });
  }

  /** The startup message carries pairs of zero-ended texts behind its length and protocol version. */
  #readStartup(chunk: Buffer): void {
    this.#hasStarted = true;
    const fields = chunk.subarray(8).toString('latin1').split('\0');
    const name = fields[fields.indexOf('application_name') + 1] ?? '';
    const [, role, slot] = /^highload-user-balance (writer|reader|listener) ?(\d*)/.exec(name) ?? [];
    if (role === undefined) return;
    this.role = role as Role;
    if (role === 'writer') this.slot = Number(slot);
  }

  #sideEnded(): void {
    if (this.#isClosed || this.#host.isSilenced(this)) return;
    this.#isClosed = true;
    // What was written last, often the reason of the end, still arrives.
    this.#service.destroySoon();
    this.#server.destroySoon();
    this.#host.closed(this);
  }

  #later(task: () => void): void {
    if (this.#host.delayMs === 0) task();
    else setTimeout(task, this.#host.delayMs);
  }
}

const hasEnded = (socket: Socket): boolean => socket.destroyed || socket.readableEnded;
