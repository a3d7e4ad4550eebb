import { WITHDRAWAL } from '../answers.ts';
import type { StreamPlan } from './plan.ts';
import { createUserSequence } from './user-sequence.ts';

export interface StreamRequest {
  readonly isRead: boolean;
  /** As it goes over the wire; ASCII. */
  readonly text: string;
}

/** The requests of a plan, one call after the other. Reads are spread evenly among the withdrawals. */
export function createRequests(plan: Pick<StreamPlan, 'users' | 'choice' | 'readShare'>): () => StreamRequest {
  const nextUser = createUserSequence(plan.users, plan.choice);
  let credit = 0;
  return () => {
    credit += plan.readShare;
    const isRead = credit >= 1;
    if (isRead) credit -= 1;
    const userId = nextUser();
    return { isRead, text: isRead ? readText(userId) : withdrawalText(userId) };
  };
}

function withdrawalText(userId: number): string {
  const body = `{"userId":${userId},"amount":${-WITHDRAWAL}}`;
  return (
    'POST /api/users/update-balance HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n' +
    `Content-Length: ${body.length}\r\n\r\n${body}`
  );
}

const readText = (userId: number) => `GET /api/users/${userId}/balance HTTP/1.1\r\nHost: localhost\r\n\r\n`;
