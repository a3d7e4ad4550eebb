import { account, entriesPage } from './answer-bodies.ts';
import { jsonBody, operation } from './operations.ts';
import { before, inPath, keyHeader, limit, refused } from './parameters.ts';
import { creationRequest } from './request-bodies.ts';
import { QUOTA_FIELDS, success } from './responses.ts';

const AS_READ = 'HEAD is answered alike, without the body.';

export const createUser = operation({
  operationId: 'createUser',
  tag: 'Users',
  summary: 'Create a user',
  description:
    'Creates a user with an opening balance. With an `Idempotency-Key` a `userId` is needed: a key belongs to a user.',
  scope: 'users:create',
  parameters: [keyHeader],
  requestBody: jsonBody(creationRequest, 'Numbers are judged as they are written: in plain digits.', {
    next: { summary: 'The next free id', value: { balance: 500 } },
    chosen: { summary: 'An id of your own', value: { userId: 7, balance: 50 } },
  }),
  responses: {
    201: success('The user is created.', account, { userId: 7, balance: 50, version: 1 }, [
      'Location',
      'IdempotencyReplayed',
      ...QUOTA_FIELDS,
    ]),
  },
  problems: ['user_exists', 'idempotency_key_reused', 'not_ready', 'outcome_unknown'],
});

export const readBalance = operation({
  operationId: 'readBalance',
  tag: 'Users',
  summary: 'Read a balance',
  description: `The committed balance and the version it belongs to. ${AS_READ}`,
  scope: 'balance:read',
  parameters: [inPath],
  responses: { 200: success('The balance.', account, { userId: 1, balance: 98, version: 3 }, QUOTA_FIELDS) },
  problems: ['user_not_found', 'not_ready'],
});

const page = {
  entries: [
    {
      version: 5,
      amount: 0,
      balance: 98,
      operationId: '01a20524-5ad9-73b3-8a56-6ebf8cc4a2d8',
      createdAt: '2026-11-22T21:23:18.362Z',
      refused: { requested: -500, code: 'insufficient_funds' },
    },
    {
      version: 4,
      amount: -2,
      balance: 98,
      operationId: '01a20524-5ac8-7378-b2eb-c7f766eb2e2b',
      createdAt: '2026-11-22T21:23:18.346Z',
    },
  ],
  nextBefore: 4,
};

export const listEntries = operation({
  operationId: 'listEntries',
  tag: 'Users',
  summary: 'List the entries of a user',
  description: `Every change of a balance is an entry; pages run from the newest to the oldest. ${AS_READ}`,
  scope: 'balance:read',
  parameters: [inPath, limit, before, refused],
  responses: { 200: success('One page.', entriesPage, page, QUOTA_FIELDS) },
  problems: ['user_not_found', 'not_ready'],
});
