import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendProblem } from '../http/answers.ts';
import type { Endpoint } from '../http/context.ts';
import { refuseQuery } from '../http/preconditions.ts';
import type { Clock } from '../time/clock.ts';
import type { ConsoleFeed } from './console-feed.ts';

/** Of the 64 connections of the admin listener, so that scrapes and probes always find one. */
export const STREAMS_MAX = 16;
/**
 * Credentials are judged when a stream begins; a page begins anew after this time, so that what was withdrawn ends. It
 * gets what it missed from the history.
 */
const STREAM_LASTS_MS = 5 * 60_000;
/** What may wait for a slow reader; beyond that it is dropped. */
const UNREAD_BYTES_MAX = 256 * 1024;

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  // For a proxy in front that would hold small writes back.
  'X-Accel-Buffering': 'no',
};

const messageOf = (event: string, data: unknown) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

export interface EventStreamOptions {
  readonly feed: ConsoleFeed;
  readonly clock: Clock;
}

export interface EventStreams {
  readonly endpoint: Endpoint;
  /** Ends all of them. */
  close(): void;
}

/**
 * The snapshots as server-sent events (WHATWG HTML, 9.2): first `history`, a list of HistoryPoint, then a `second` each
 * second, which is the heartbeat as well.
 */
export function createEventStreams({ feed, clock }: EventStreamOptions): EventStreams {
  const streams = new Set<ServerResponse>();
  feed.subscribe((second) => {
    if (streams.size === 0) return;
    // Once for all readers.
    const message = messageOf('second', second);
    for (const stream of [...streams]) {
      if (stream.writableLength > UNREAD_BYTES_MAX) stream.destroy();
      else stream.write(message);
    }
  });

  function end(stream: ServerResponse): void {
    streams.delete(stream);
    stream.end();
  }

  function begin(request: IncomingMessage, response: ServerResponse): void {
    // The caller may have gone while its credentials were judged: then nothing would tell of the end of the stream.
    if (response.destroyed || refuseQuery(request, response)) return;
    if (response.socket === null) {
      // Nor would anything, while it waits behind another answer of its connection.
      sendProblem(response, 'invalid_request', 'A stream must not be pipelined behind another request.');
      return;
    }
    if (request.method === 'GET' && streams.size >= STREAMS_MAX) {
      const detail = `At most ${STREAMS_MAX} pages can look on at once.`;
      sendProblem(response, 'overloaded', detail, ['Retry-After', '5']);
      return;
    }
    response.writeHead(200, HEADERS);
    if (request.method !== 'GET') {
      response.end();
      return;
    }
    streams.add(response);
    // A reader that is slow to take the end must not be written to any more: that is an error, and one that nobody hears
    // would end the launcher.
    response.on('error', () => response.destroy());
    const cancel = clock.schedule(STREAM_LASTS_MS, () => end(response));
    response.once('close', () => {
      cancel();
      streams.delete(response);
    });
    response.write(messageOf('history', feed.history));
    if (feed.latest !== null) response.write(messageOf('second', feed.latest));
  }

  return {
    endpoint: begin,
    close() {
      for (const stream of [...streams]) end(stream);
    },
  };
}
