import { AnswerTape } from './answer-tape.ts';
import { type AnswerList, type StreamResult, UNTOLD } from './plan.ts';
import type { StreamRequest } from './requests.ts';

interface Body {
  readonly userId?: unknown;
  readonly balance?: unknown;
  readonly version?: unknown;
  readonly operationId?: unknown;
  readonly code?: unknown;
  /** Of an item of a batch: the status it would have had alone. */
  readonly status?: unknown;
  /** Of a batch. */
  readonly results?: unknown;
}

/** Collects answers while the load runs, and reads them when it is over: until then, time belongs to the servers. */
export class Tally {
  readonly #tape = new AnswerTape();

  get answered(): number {
    return this.#tape.answers;
  }

  /** `latencyMs` is null where it is not measured. */
  add({ kind, items }: StreamRequest, status: number, latencyMs: number | null, body: string): void {
    this.#tape.add({ kind, items, status, body });
    if (latencyMs !== null) this.#tape.addLatency(latencyMs);
  }

  result(wallMs: number): StreamResult {
    const outcomes: Record<string, number> = {};
    const accepted = new AnswerLists();
    const reads = new AnswerLists();
    const count = (outcome: string) => {
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    };
    for (const { kind, items: asked, status, body } of this.#tape.read()) {
      const said = parseBody(body);
      const isBatch = kind === 'batch' && status === 200;
      const items: readonly Item[] = isBatch ? itemsOf(said) : [{ status, said }];
      if (items.length !== asked && isBatch) count(`200 with ${items.length} results to ${asked} changes`);
      for (const item of items) {
        count(typeof item.said.code === 'string' ? `${item.status} ${item.said.code}` : `${item.status}`);
        if (item.status === 200) (kind === 'read' ? reads : accepted).add(item.said);
      }
    }
    return { wallMs, latenciesMs: this.#tape.latenciesMs(), outcomes, accepted, reads };
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

interface Item {
  readonly status: number;
  readonly said: Body;
}

function itemsOf({ results }: Body): readonly Item[] {
  if (!Array.isArray(results)) return [];
  return results.map((result: unknown) => {
    const said = asBody(result);
    return { status: integerOf(said.status), said };
  });
}

const integerOf = (value: unknown) => (Number.isSafeInteger(value) ? Number(value) : UNTOLD);

function parseBody(text: string): Body {
  try {
    return asBody(JSON.parse(text));
  } catch {
    // Not JSON: then it tells nothing, which is found wherever something is expected.
    return {};
  }
}

const asBody = (value: unknown): Body => (typeof value === 'object' && value !== null ? value : {});
