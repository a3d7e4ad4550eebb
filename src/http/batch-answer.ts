import type { FailureCode, Outcome, RejectionCode } from '../domain/outcome.ts';
import { changedMembers, DETAILS, refusedBody } from './answers.ts';
import { problemBody } from './problems.ts';

// A batch can have thousands of these, all alike.
const problems = Object.fromEntries(
  (Object.keys(DETAILS) as (RejectionCode | FailureCode)[]).map((code) => [code, problemBody(code, DETAILS[code])]),
) as Record<RejectionCode | FailureCode, string>;

/** An answer has no header fields of its own here, so a replay is told by a member. */
const asReplay = (item: string) => `${item.slice(0, -1)},"replayed":true}`;

/** The body that a single change with this outcome has, with its status; the body of a problem has that anyway. */
function itemOf(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'changed': {
      const item = `{"status":200,${changedMembers(outcome)}}`;
      return outcome.replayed ? asReplay(item) : item;
    }
    case 'refused':
      return outcome.replayed ? asReplay(refusedBody(outcome)) : refusedBody(outcome);
    case 'rejected':
    case 'failed':
      return problems[outcome.code];
    default:
      throw new TypeError(`An outcome of the kind ${outcome.kind} is none of a change`);
  }
}

/** The answer to a batch, in ASCII: an item for each outcome, in their order. */
export function batchBody(outcomes: readonly Outcome[]): string {
  let items = '';
  for (const outcome of outcomes) items += items === '' ? itemOf(outcome) : `,${itemOf(outcome)}`;
  return `{"results":[${items}]}`;
}
