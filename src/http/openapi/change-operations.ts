import { BATCH_BODY_BYTES_MAX, BATCH_ITEMS_MAX } from '../limits.ts';
import { changed } from './answer-bodies.ts';
import { batchAnswer } from './batch-answer-body.ts';
import type { HeaderField } from './header-fields.ts';
import { jsonBody, operation } from './operations.ts';
import { inPath, keyHeader } from './parameters.ts';
import { problemExample } from './problem-bodies.ts';
import { amountRequest, batchRequest, changeRequest } from './request-bodies.ts';
import { QUOTA_FIELDS, success } from './responses.ts';

const AS_WRITTEN =
  'Every number is judged as it is written, which JSON Schema cannot say: plain digits, so no `1.0`, `1e3`, `-0` or `007`. ' +
  'No member may be given twice or have an escape in its name.';

const REPLAYABLE: readonly HeaderField[] = ['IdempotencyReplayed', ...QUOTA_FIELDS];

const problems = [
  'user_not_found',
  'insufficient_funds',
  'balance_limit_exceeded',
  'idempotency_key_reused',
  'not_ready',
  'outcome_unknown',
] as const;

const change = {
  userId: 1,
  amount: -2,
  balance: 98,
  version: 3,
  operationId: '01a20524-5a67-7322-b132-575e03a2a361',
};

export const changeByBody = operation({
  operationId: 'changeBalance',
  tag: 'Changes',
  summary: 'Change a balance',
  description: 'Adds `amount` to the balance of an existing user. 200 is answered after PostgreSQL has committed.',
  scope: 'balance:write',
  parameters: [keyHeader],
  requestBody: jsonBody(changeRequest, AS_WRITTEN, {
    withdrawal: { summary: 'Withdraw 2', value: { userId: 1, amount: -2 } },
    deposit: { summary: 'Deposit 250', value: { userId: 1, amount: 250 } },
  }),
  responses: { 200: success('The change is committed.', changed, change, REPLAYABLE) },
  problems,
});

export const changeByPath = operation({
  operationId: 'changeBalanceOfUser',
  tag: 'Changes',
  summary: 'Change a balance, in REST form',
  description: 'The same operation as `changeBalance`, with the user in the path.',
  scope: 'balance:write',
  parameters: [inPath, keyHeader],
  requestBody: jsonBody(amountRequest, AS_WRITTEN, {
    withdrawal: { summary: 'Withdraw 2', value: { amount: -2 } },
    deposit: { summary: 'Deposit 250', value: { amount: 250 } },
  }),
  responses: { 200: success('The change is committed.', changed, change, REPLAYABLE) },
  problems,
});

const batch = {
  results: [
    { status: 200, ...change },
    { ...problemExample('insufficient_funds'), replayed: true },
    problemExample('user_not_found'),
  ],
};

export const changeMany = operation({
  operationId: 'changeBalances',
  tag: 'Changes',
  summary: 'Change many balances',
  description:
    `Takes 1 to ${BATCH_ITEMS_MAX} changes. Each is applied or refused by itself, those of one user in their order, and has ` +
    'the answer that it would have had alone, with its `status`. One that is malformed makes the whole request a 400 that ' +
    'names its index. An `Idempotency-Key` header is refused: each item has an `idempotencyKey` of its own. ' +
    'Against a rate limit a batch counts as its items.',
  scope: 'balance:write',
  requestBody: jsonBody(batchRequest, `At most ${BATCH_BODY_BYTES_MAX} bytes. ${AS_WRITTEN}`, {
    changes: {
      value: {
        operations: [
          { userId: 1, amount: -2 },
          { userId: 1, amount: -500, idempotencyKey: 'order-1842' },
          { userId: 2, amount: 5 },
        ],
      },
    },
  }),
  responses: { 200: success('What became of each change.', batchAnswer, batch, QUOTA_FIELDS) },
  problems: [],
  details: { payload_too_large: `A body may have at most ${BATCH_BODY_BYTES_MAX} bytes.` },
});
