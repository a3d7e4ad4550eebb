import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type HeldRound, type HoldPoint, type LinkHost, ProxyLink } from './proxy-link.ts';

export interface HoldRequest {
  readonly point: HoldPoint;
  /** Of this worker's; any, when absent. */
  readonly slot?: number;
  readonly withinMs: number;
}

interface Hold {
  readonly request: HoldRequest;
  readonly resolve: (held: HeldRound) => void;
}

/** The network between the service and PostgreSQL, as bad as wanted. Between faults it passes everything at once. */
export class DatabaseProxy implements LinkHost {
  readonly #server: Server;
  readonly #targetPort: number;
  readonly #links = new Set<ProxyLink>();
  #holds: Hold[] = [];
  #isSilent: (link: ProxyLink) => boolean = () => false;
  delayMs = 0;

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  static async open(targetPort: number): Promise<DatabaseProxy> {
    const proxy = new DatabaseProxy(targetPort);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get links(): readonly ProxyLink[] {
    return [...this.#links];
  }

  async close(): Promise<void> {
    this.passAll();
    for (const link of this.#links) link.reset();
    this.#server.close();
  }

  /** From now on nothing of these connections is forwarded, nor that one of their sides has closed. */
  silence(isMeant: (link: ProxyLink) => boolean): void {
    this.#isSilent = isMeant;
  }

  /** What was kept goes on, and so do its connections. */
  passAll(): void {
    this.#isSilent = () => false;
    for (const link of this.#links) link.flush();
  }

  reset(isMeant: (link: ProxyLink) => boolean): number {
    const meant = this.links.filter(isMeant);
    for (const link of meant) link.reset();
    return meant.length;
  }

  /** Holds the next round that passes. Throws when none passes in time: then the load is not one. */
  async holdRound(request: HoldRequest): Promise<HeldRound> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#holds = this.#holds.filter((other) => other !== hold);
        reject(new Error(`no round to hold came by in ${request.withinMs} ms`));
      }, request.withinMs);
      const hold: Hold = {
        request,
        resolve(held) {
          clearTimeout(timer);
          resolve(held);
        },
      };
      this.#holds.push(hold);
    });
  }

  takeHold(link: ProxyLink) {
    const found = this.#holds.find(({ request }) => request.slot === undefined || request.slot === link.slot);
    if (found === undefined) return null;
    this.#holds = this.#holds.filter((hold) => hold !== found);
    return { point: found.request.point, resolve: found.resolve };
  }

  isSilenced(link: ProxyLink): boolean {
    return this.#isSilent(link);
  }

  closed(link: ProxyLink): void {
    this.#links.delete(link);
  }

  #accept(service: Socket): void {
    const server = connect({ port: this.#targetPort, host: '127.0.0.1', allowHalfOpen: true });
    this.#links.add(new ProxyLink(this, service, server));
  }
}
