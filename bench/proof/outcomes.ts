import type { Expected } from '../sides/side.ts';
import type { StreamResult } from '../stream/plan.ts';

const REFUSAL = '409 insufficient_funds';

/** Every request must have been answered, reads by 200 and withdrawals as expected. */
export function unexpectedOutcomes({ outcomes, reads }: StreamResult, expected: Expected): readonly string[] {
  const wanted = expected === 'accepted' ? '200' : REFUSAL;
  const isWanted = (outcome: string) => outcome === wanted || (outcome === '200' && reads.userIds.length > 0);
  const others = Object.entries(outcomes).filter(([outcome]) => !isWanted(outcome));
  const none = Object.keys(outcomes).length === 0 ? ['no answers at all'] : [];
  return [...none, ...others.map(([outcome, count]) => `${count} answers ${describe(outcome)}, expected ${wanted}`)];
}

/** Status 0 stands for none. */
function describe(outcome: string): string {
  return outcome === '0' ? 'missing (no answer in time, or a broken connection)' : outcome;
}
