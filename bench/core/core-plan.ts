import type { AnswerList, Users } from '../stream/plan.ts';

export interface CorePlan {
  readonly databaseUrl: string;
  readonly users: Users;
  /** Changes that wait at the same time; each caller asks again once it is answered. */
  readonly callers: number;
  readonly durationMs: number;
  /** Every answer is kept until it is proven, so it ends with this many changes if that is earlier. */
  readonly changesMax: number;
}

export interface CoreResult {
  readonly wallMs: number;
  readonly accepted: AnswerList;
  /** Outcomes other than a change that was made, by kind and code. */
  readonly others: Readonly<Record<string, number>>;
}
