import { WITHDRAWAL } from '../answers.ts';
import type { StreamPlan } from './plan.ts';
import { createUserSequence } from './user-sequence.ts';

export interface StreamRequest {
  readonly kind: 'read' | 'withdrawal' | 'batch';
  /** What an answer must tell the outcome of. */
  readonly items: number;
  /** As it goes over the wire; ASCII. */
  readonly text: string;
}

type RequestedLoad = Pick<StreamPlan, 'users' | 'choice' | 'readShare' | 'itemsPerRequest'>;

/** The requests of a plan, one call after the other. Reads are spread evenly among the withdrawals. */
export function createRequests(plan: RequestedLoad): () => StreamRequest {
  const nextUser = createUserSequence(plan.users, plan.choice);
  const { itemsPerRequest: items } = plan;
  if (items !== null) return () => ({ kind: 'batch', items, text: batchText(Array.from({ length: items }, nextUser)) });
  let credit = 0;
  return () => {
    credit += plan.readShare;
    const isRead = credit >= 1;
    if (isRead) credit -= 1;
    const userId = nextUser();
    return isRead
      ? { kind: 'read', items: 1, text: readText(userId) }
      : { kind: 'withdrawal', items: 1, text: postText('update-balance', withdrawalOf(userId)) };
  };
}

const withdrawalOf = (userId: number) => `{"userId":${userId},"amount":${-WITHDRAWAL}}`;

const batchText = (userIds: readonly number[]) =>
  postText('update-balances', `{"operations":[${userIds.map(withdrawalOf).join(',')}]}`);

function postText(endpoint: string, body: string): string {
  return (
    `POST /api/users/${endpoint} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n` +
    `Content-Length: ${body.length}\r\n\r\n${body}`
  );
}

const readText = (userId: number) => `GET /api/users/${userId}/balance HTTP/1.1\r\nHost: localhost\r\n\r\n`;
