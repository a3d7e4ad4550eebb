import { BATCH, batchOf, CHANGE, type HostileCase, hostile } from './hostile-case.ts';
import { message } from './raw-connection.ts';

/** Texts that stand where an integer should: every one must be refused, for whatever member. */
const wrongNumbers = [
  // Numbers of JSON that are not integers as written.
  ...['1.0', '1.5', '1e3', '1E3', '1e-3', '-0', '0.0', '-0.0', '1.0000000000000000001', '0e0', '1e0', '1E+2', '-1e1'],
  ...['1e-0', '4.9E-324', '-0e0', '1e1000', '-1e1000', '1.7976931348623157e308', '0.1e1', '10e-1'],
  // Numbers of other languages.
  ...['01', '-01', '00', '007', '+1', '+0', '.5', '5.', '-', '--1', '-+1', '- 1', '-.5', '1e', '1e+', '1.e1', '1e1.0'],
  ...['0x10', '0X1F', '0b1', '0B1', '0o7', '1_000', '1n', '1L', '1f', '1,000', '1 000', '1.000,0', '$1', '1%', '(1)'],
  ...['NaN', '-NaN', 'Infinity', '-Infinity', 'inf', '1/1', '1+1', '2*1', 'Number(1)', '#1', '~1', '!1', '@1'],
  // Other values.
  ...[
    '"5"',
    '"-2"',
    '""',
    '" 5"',
    '"5',
    '5"',
    'true',
    'false',
    'null',
    'True',
    'NULL',
    'nil',
    'undefined',
    '[]',
    '[1]',
  ],
  ...['[[1]]', '{}', '{"a":1}', '{"valueOf":1}', '{"$numberLong":"1"}', "'1'", '`1`', '1 2', '/**/1', '1/**/', '1//'],
  ...['\\u0031', '%31', '&#49;', '1;', '1:', '1]', '1}', '', ' ', 'e', 'E5', 'x'],
  // Beyond what a double carries exactly.
  ...['9007199254740992', '9007199254740993', '9223372036854775807', '9223372036854775808', '18446744073709551616'],
  ...['1'.repeat(17), '1'.repeat(30), '9'.repeat(400), '1e308', '1e999', `1${'0'.repeat(15_000)}`],
  // Digits and blanks that are not ASCII.
  ...['\u0661', '\uff11', '\u0967', '\u00b2', '\u2081', '\u2488', '\u2212\u0031', '\ud835\udfcf', '\u{1d7d8}1'],
  ...['1\u200b', '\u200b1', '\ufeff1', '\u00a01', '1\u2003', '\u20281', '1\0', '\x0b1', '1\x0c', '\x1b1', '1\x08'],
];

interface Member {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly body: (text: string) => string;
  /** Integers that this member does not take. */
  readonly outOfRange: readonly string[];
}

const notPositive = ['0', '-1', '-9007199254740991', '-9007199254740992'];
const notAnAmount = ['0', '-9007199254740992', '-9007199254740993'];

const members: readonly Member[] = [
  {
    name: 'the amount of a change',
    method: 'POST',
    path: CHANGE,
    body: (text) => `{"userId":7,"amount":${text}}`,
    outOfRange: notAnAmount,
  },
  {
    name: 'the user of a change',
    method: 'POST',
    path: CHANGE,
    body: (text) => `{"userId":${text},"amount":1}`,
    outOfRange: notPositive,
  },
  {
    name: 'an amount in a batch',
    method: 'POST',
    path: BATCH,
    body: (text) => batchOf(`{"userId":7,"amount":1},{"userId":7,"amount":${text}}`),
    outOfRange: notAnAmount,
  },
  {
    name: 'a user in a batch',
    method: 'POST',
    path: BATCH,
    body: (text) => batchOf(`{"userId":${text},"amount":1}`),
    outOfRange: notPositive,
  },
  {
    name: 'the amount of a PATCH',
    method: 'PATCH',
    path: '/api/users/7/balance',
    body: (text) => `{"amount":${text}}`,
    outOfRange: notAnAmount,
  },
  {
    name: 'an opening balance',
    method: 'POST',
    path: '/api/users',
    body: (text) => `{"balance":${text}}`,
    outOfRange: ['-1', '-9007199254740991'],
  },
  {
    name: 'the id of a new user',
    method: 'POST',
    path: '/api/users',
    body: (text) => `{"userId":${text},"balance":1}`,
    outOfRange: notPositive,
  },
];

const nameOf = (text: string) => JSON.stringify(text.length > 30 ? `${text.slice(0, 20)}, ${text.length} long` : text);

export const numberCases: readonly HostileCase[] = members.flatMap(({ name, method, path, body, outOfRange }) =>
  [...wrongNumbers, ...outOfRange].map((text) =>
    hostile(`${nameOf(text)} as ${name}`, message(method, path, { body: body(text) })),
  ),
);
