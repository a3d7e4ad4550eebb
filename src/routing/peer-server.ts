import { createServer, type Server, type Socket } from 'node:net';
import type { OperationHandler } from '../domain/operation-handler.ts';
import type { Clock } from '../time/clock.ts';
import { type Channel, type ChannelListener, openChannel } from './channel.ts';
import type { PeerReply, PeerRequest } from './peer-protocol.ts';

/** Takes the operations that other workers send to the owner here. */
export class PeerServer {
  readonly #owner: OperationHandler;
  readonly #server: Server;
  readonly #channels = new Set<Channel>();
  #isAdmitting = true;

  constructor(owner: OperationHandler, clock: Clock) {
    this.#owner = owner;
    this.#server = createServer((socket: Socket) => this.accept((listener) => openChannel(socket, clock, listener)));
  }

  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(path, resolve);
    });
  }

  /** From now on every request is answered "not admitted": its sender keeps it for the next owner. */
  refuseAll(): void {
    this.#isAdmitting = false;
  }

  close(): void {
    this.#server.close();
    for (const channel of this.#channels) channel.close();
  }

  /** Serves one peer over the channel that `open` makes. */
  accept(open: (listener: ChannelListener) => Channel): void {
    const channel = open({
      onMessage: (message) => this.#serve(channel, message as PeerRequest),
      onClose: () => this.#channels.delete(channel),
    });
    this.#channels.add(channel);
  }

  #serve(channel: Channel, [sequence, operation]: PeerRequest): void {
    const reply = (answer: PeerReply) => channel.send(answer);
    if (this.#isAdmitting) void this.#owner.handle(operation).then((outcome) => reply([sequence, outcome]));
    else reply([sequence, null]);
  }
}
