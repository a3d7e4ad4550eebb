import { connect } from 'node:net';
import fc from 'fast-check';
import { BATCH, batchOf, CHANGE, valid } from './hostile-case.ts';
import { message } from './raw-connection.ts';

/** Sound requests; each is one operation. */
const soundRequests = [
  message('POST', CHANGE, { body: valid }),
  message('POST', CHANGE, { body: valid, headers: ['Idempotency-Key: "a-1"'] }),
  message('PATCH', '/api/users/7/balance', { body: '{"amount":3}' }),
  message('POST', BATCH, { body: batchOf(valid) }),
  message('GET', '/api/users/7/balance'),
  message('GET', '/api/users/7/entries?limit=2'),
  Buffer.from(
    `POST ${CHANGE} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n` +
      `18\r\n${valid}\r\n0\r\n\r\n`,
  ),
];

/** What makes a parser stumble. */
const fragments = [
  ...[
    '\r\n',
    '\n',
    '\r',
    '\r\n\r\n',
    ' ',
    '\t',
    '\0',
    ':',
    ',',
    ';',
    '0',
    '-',
    '\xff',
    '\xef\xbb\xbf',
    '{',
    '"',
    '%00',
  ],
  ...[
    'Content-Length: 5\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Host: b\r\n',
    'Connection: close\r\n',
    'ffffffff\r\n',
  ],
  ...[
    'Expect: 100-continue\r\n',
    'Upgrade: h2c\r\nConnection: upgrade\r\n',
    'GET / HTTP/1.1\r\n\r\n',
    'HTTP/1.0',
    '1e3',
  ],
  ...['CONNECT a:1 HTTP/1.1\r\n\r\n', '0\r\n\r\n', ' HTTP/2.0\r\n', 'Idempotency-Key: b\r\n', 'x'.repeat(20_000)],
].map((text) => Buffer.from(text, 'latin1'));

interface Edit {
  /** Where, as a share of the stream. */
  readonly at: number;
  readonly remove: number;
  readonly insert: Buffer;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.oneof({ weight: 3, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(60) }),
  insert: fc.oneof(
    fc.constantFrom(...fragments),
    fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
  ),
});

function apply(bytes: Buffer, { at, remove, insert }: Edit): Buffer {
  const from = Math.floor(at * bytes.length);
  return Buffer.concat([bytes.subarray(0, from), insert, bytes.subarray(from + remove)]);
}

/** Pipelined requests with some damage. */
export const damagedStream: fc.Arbitrary<Buffer> = fc
  .tuple(
    fc.array(fc.constantFrom(...soundRequests), { minLength: 1, maxLength: 4 }),
    fc.array(edit, { minLength: 1, maxLength: 3 }),
  )
  .map(([requests, edits]) => edits.reduce(apply, Buffer.concat(requests)));

/** Sends bytes in two parts and returns everything that comes until the other side ends, or `withinMs` have passed. */
export function converse(port: number, bytes: Buffer, withinMs: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let received = '';
    const timer = setTimeout(() => socket.destroy(), withinMs);
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      received += chunk;
    });
    // A reset is one of the ways in which the other side may end it.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(received);
    });
    const middle = Math.floor(bytes.length / 2);
    socket.write(bytes.subarray(0, middle));
    setImmediate(() => socket.write(bytes.subarray(middle)));
  });
}
