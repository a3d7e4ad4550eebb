import { CHANGE, type HostileCase, hostile, shown, valid } from './hostile-case.ts';
import { lineCases } from './hostile-lines.ts';

/** Messages whose bounds or lines are broken: each is refused below the level of requests, and its connection closed. */

const startOfPost = `POST ${CHANGE} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n`;
const withFields = (fields: string, rest = valid) => `${startOfPost}${fields}\r\n\r\n${rest}`;
const inChunks = (rest: string) => withFields('Transfer-Encoding: chunked', rest);
/** What an attacker hopes to have taken for a request of its own. */
const smuggled = `POST ${CHANGE} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 24\r\n\r\n${valid}`;
const wholeChunk = `18\r\n${valid}\r\n`;

const badLengths = [
  ...[
    '+24',
    '-24',
    '-1',
    '0x18',
    '1e1',
    '24.0',
    '2 4',
    '24;',
    '24,',
    ',24',
    '24, 24',
    '24,24',
    '24, 25',
    '"24"',
    'abc',
  ],
  ...['\u0662', '\xb2\xb4', '24x', '0b11', '18h', '--24', '24\x00', '24\x0b', 'NaN', 'Infinity', '', ' ', '\t'],
  ...['18446744073709551616', '99999999999999999999999', '1'.repeat(100)],
].map((length) => hostile(`Content-Length ${shown(length)}`, withFields(`Content-Length: ${length}`)));

const badCodings = [
  ...['gzip', 'identity', 'gzip, chunked, gzip', 'chunked, gzip', 'chunked, identity', 'xchunked', 'chunkedx', 'chunk'],
  ...['"chunked"', 'chunked;q=1', 'chunked\x0b', 'chunked\x00', '\x0bchunked', 'chun ked', 'c\xadhunked', 'chunked, x'],
  ...['chunked,', 'chunked;', '', 'cow', 'gzip, chunked', 'identity, chunked', 'cow;x="chunked", chunked', ',chunked'],
  ...['chunked, chunked'],
].map((coding) =>
  hostile(`Transfer-Encoding ${shown(coding)}`, withFields(`Transfer-Encoding: ${coding}`, `${wholeChunk}0\r\n\r\n`)),
);

const contradictions = [
  ['both lengths, chunked first', 'Transfer-Encoding: chunked\r\nContent-Length: 24', `0\r\n\r\n${smuggled}`],
  ['both lengths, chunked last', 'Content-Length: 4\r\nTransfer-Encoding: chunked', `0\r\n\r\n${smuggled}`],
  ['both lengths, a field between', 'Content-Length: 24\r\nX: 1\r\nTransfer-Encoding: chunked', `0\r\n\r\n${smuggled}`],
  ['both lengths in odd case', 'cOnTeNt-LeNgTh: 24\r\ntRaNsFeR-eNcOdInG: cHuNkEd', `0\r\n\r\n${smuggled}`],
  ['two equal lengths', 'Content-Length: 24\r\nContent-Length: 24', valid],
  ['two lengths, the longer first', 'Content-Length: 24\r\nContent-Length: 2', valid],
  ['two lengths, the longer last', 'Content-Length: 2\r\nContent-Length: 24', valid],
  ['two lengths in different case', 'Content-Length: 24\r\ncontent-length: 0', valid],
  ['a length of zero and one of 24', 'Content-Length: 0\r\nContent-Length: 24', smuggled],
  ['two transfer codings that end with another', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip', '0\r\n\r\n'],
  [
    'two transfer codings that end with chunked',
    'Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked',
    `${wholeChunk}0\r\n\r\n`,
  ],
  ['a blank before the colon of a length', 'Content-Length : 24', valid],
  ['a blank before the colon of a coding', 'Transfer-Encoding : chunked', `${wholeChunk}0\r\n\r\n`],
  ['a coding on a folded line', 'Transfer-Encoding:\r\n chunked', `${wholeChunk}0\r\n\r\n`],
  ['a length on a folded line', 'Content-Length:\r\n\t24', valid],
  ['a coding hidden behind a folded field', 'X: 1\r\n Transfer-Encoding: chunked', `${wholeChunk}0\r\n\r\n`],
  ['a length behind a bare line feed', 'X: 1\nContent-Length: 24', valid],
  ['a coding behind a bare line feed', 'Content-Length: 24\r\nX: 1\nTransfer-Encoding: chunked', '0\r\n\r\n'],
  ['a coding behind a bare carriage return', 'X: 1\rTransfer-Encoding: chunked', valid],
  ['a coding behind a zero byte', 'X: 1\0Transfer-Encoding: chunked', valid],
].map(([what = '', fields = '', rest = '']) => hostile(what, withFields(fields, rest)));

const badChunks = [
  ...[
    ['a size that is no number', 'zz'],
    ['no size', ''],
    ['a negative size', '-1'],
    ['a signed size', '+18'],
  ],
  ...[
    ['a size with 0x', '0x18'],
    ['a size in quotes', '"18"'],
    ['a size with a blank before it', ' 18'],
  ],
  ...[
    ['a size with an underscore', '1_8'],
    ['a size of fullwidth digits', '\uff11\uff18'],
    ['a size with a point', '18.0'],
  ],
  ...[
    ['a size of 2^64', '10000000000000000'],
    ['a size of 40 digits', 'f'.repeat(40)],
    ['a size and a comma', '18,18'],
  ],
  ...[
    ['a zero byte behind the size', '18\0'],
    ['a bare carriage return behind the size', '18\r\r'],
  ],
  ...[
    ['a control character in an extension', '18;a\x01=b'],
    ['a line feed in an extension', '18;a\n=b'],
  ],
  ...[
    ['an extension of 20 KB', `18;${'a'.repeat(20_000)}`],
    ['an open quote in an extension', '18;a="b'],
  ],
].map(([what = '', size = '']) =>
  hostile(`a chunk with ${what}`, inChunks(`${Buffer.from(size).toString('latin1')}\r\n${valid}\r\n0\r\n\r\n`)),
);

const brokenChunkBodies = [
  hostile('a chunk longer than its size', inChunks(`10\r\n${valid}\r\n0\r\n\r\n`)),
  hostile('a chunk shorter than its size', inChunks(`19\r\n${valid}\r\n0\r\n\r\n`)),
  hostile('a chunk without its line end', inChunks(`18\r\n${valid}0\r\n\r\n`)),
  hostile('a chunk ended by a bare line feed', inChunks(`18\r\n${valid}\n0\r\n\r\n`)),
  hostile('a size ended by a bare line feed', inChunks(`18\n${valid}\r\n0\r\n\r\n`)),
  hostile('a chunk ended by a bare carriage return', inChunks(`18\r\n${valid}\r0\r\n\r\n`)),
  hostile('a trailer without a colon', inChunks(`${wholeChunk}0\r\nnonsense\r\n\r\n`)),
  hostile('a trailer with a zero byte', inChunks(`${wholeChunk}0\r\nX: a\0b\r\n\r\n`)),
  hostile('a trailer of a bad name', inChunks(`${wholeChunk}0\r\nX Y: 1\r\n\r\n`)),
];

const expectations = ['200-ok', '100-continue, x', 'x', '100-continue;a=1', '100'].map((expectation) =>
  hostile(
    `the expectation ${shown(expectation)}`,
    withFields(`Expect: ${expectation}\r\nContent-Length: 24`),
    417,
    'expectation_failed',
  ),
);

export const malformedMessages: readonly HostileCase[] = [
  ...badLengths,
  ...badCodings,
  ...contradictions,
  ...badChunks,
  ...brokenChunkBodies,
  ...lineCases,
  ...expectations,
];
