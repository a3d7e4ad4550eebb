import { type AnswerList, type StreamResult, UNTOLD } from './plan.ts';

interface Answer {
  readonly isRead: boolean;
  readonly status: number;
  readonly body: string;
}

interface Body {
  readonly userId?: unknown;
  readonly balance?: unknown;
  readonly version?: unknown;
  readonly operationId?: unknown;
  readonly code?: unknown;
}

/** Collects answers while the load runs, and reads them when it is over: until then, time belongs to the servers. */
export class Tally {
  readonly #answers: Answer[] = [];
  readonly #latenciesMs: number[] = [];

  get answered(): number {
    return this.#answers.length;
  }

  add(isRead: boolean, status: number, latencyMs: number, body: string): void {
    this.#answers.push({ isRead, status, body });
    this.#latenciesMs.push(latencyMs);
  }

  result(wallMs: number): StreamResult {
    const outcomes: Record<string, number> = {};
    const accepted = new AnswerLists();
    const reads = new AnswerLists();
    for (const { isRead, status, body } of this.#answers) {
      const said = parseBody(body);
      const outcome = typeof said.code === 'string' ? `${status} ${said.code}` : `${status}`;
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      if (status === 200) (isRead ? reads : accepted).add(said);
    }
    return { wallMs, latenciesMs: Float64Array.from(this.#latenciesMs), outcomes, accepted, reads };
  }
}

class AnswerLists implements AnswerList {
  readonly userIds: number[] = [];
  readonly balances: number[] = [];
  readonly versions: number[] = [];
  readonly operationIds: string[] = [];

  add({ userId, balance, version, operationId }: Body): void {
    this.userIds.push(integerOf(userId));
    this.balances.push(integerOf(balance));
    this.versions.push(integerOf(version));
    this.operationIds.push(typeof operationId === 'string' ? operationId : '');
  }
}

const integerOf = (value: unknown) => (Number.isSafeInteger(value) ? Number(value) : UNTOLD);

function parseBody(text: string): Body {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? body : {};
  } catch {
    // Not JSON: then it tells nothing, which is found wherever something is expected.
    return {};
  }
}
