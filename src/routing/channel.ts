import { createConnection, type Socket } from 'node:net';
import type { Clock } from '../time/clock.ts';
import { encodeFrames, FrameDecoder } from './frames.ts';

/** Carries messages to one peer, in order, until it closes. A message is any JSON value. */
export interface Channel {
  send(message: unknown): void;
  close(): void;
}

export interface ChannelListener {
  readonly onMessage: (message: unknown) => void;
  /** Called once; messages sent and not yet arrived may be lost. */
  readonly onClose: () => void;
}

/** Bytes that may wait for a peer that does not read; past that it is taken for dead. */
const UNSENT_BYTES_MAX = 64 * 1024 * 1024;

/**
 * A channel over a connected stream socket. What is sent within one turn of the event loop goes together: one
 * serialisation and one write for many operations.
 */
export function openChannel(socket: Socket, clock: Clock, listener: ChannelListener): Channel {
  const decoder = new FrameDecoder();
  let unsent: unknown[] = [];

  const flush = () => {
    const frames = encodeFrames(unsent);
    unsent = [];
    for (const frame of frames) {
      if (socket.writableLength + frame.length > UNSENT_BYTES_MAX) socket.destroy();
      if (socket.destroyed) return;
      socket.write(frame);
    }
  };

  socket.on('data', (chunk: Buffer) => {
    try {
      for (const messages of decoder.push(chunk)) for (const message of messages) listener.onMessage(message);
    } catch (error) {
      socket.destroy(error as Error);
    }
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', listener.onClose);
  return {
    send(message) {
      unsent.push(message);
      if (unsent.length === 1) clock.soon(flush);
    },
    close: () => socket.destroy(),
  };
}

/** Opens a channel to a Unix-domain socket. `onOpen` comes before any message; `onClose` alone when it fails. */
export function connectChannel(
  path: string,
  clock: Clock,
  listener: ChannelListener & { readonly onOpen: (channel: Channel) => void },
): void {
  const socket = createConnection(path);
  const channel = openChannel(socket, clock, listener);
  socket.once('connect', () => listener.onOpen(channel));
}
