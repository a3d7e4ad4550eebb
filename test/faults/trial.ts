import { timeToGoodAnswers } from './probes.ts';
import { type Recorded, Records } from './records.ts';
import { GIVE_UP_MS, type World } from './world.ts';

const GOOD_WITHIN_MS = 20_000;

/** What was broken, and by which rule: of the history, or of the answers. */
export interface Breach {
  readonly rule: string;
  readonly detail: string;
}

export interface Spared {
  readonly isMeant: (recorded: Recorded) => boolean;
  readonly why: string;
}

/** One fault, the load around it, and what is known of both. Its users are its own, so its history is whole. */
export class Trial {
  readonly users: readonly number[];
  readonly records = new Records();
  readonly breaches: Breach[] = [];
  readonly spared: Spared[] = [];
  /** Ports of callers whose worker was stopped or killed: nobody can answer them in time. */
  readonly forsakenPorts = new Set<number>();
  /** Every request that reached the service must have been answered: it ended, or was replaced, in good order. */
  mustAnswerAll = false;
  /** What the fault did this time, when its name does not tell. */
  label = '';
  readonly #world: World;
  #probing: Promise<number> | null = null;

  constructor(world: World, users: readonly number[]) {
    this.#world = world;
    this.users = users;
  }

  violate(rule: string, detail: string): void {
    this.breaches.push({ rule, detail });
  }

  /** A user of each slot that no fault touches by itself. */
  quietUserOf(slot: number): number {
    const found = this.users.findLast((userId) => this.#world.slotOf(userId) === slot);
    if (found === undefined) throw new Error(`no user of this trial is in slot ${slot}`);
    return found;
  }

  /** The busiest: most of the load is theirs. */
  get hotUser(): number {
    return this.users[0] as number;
  }

  startProbes(slots: readonly number[]): void {
    this.#probing = this.probe(slots);
  }

  /** Of the probes that were started last, which are started now if none were. */
  timeToGood(): Promise<number> {
    this.#probing ??= this.probe(this.#world.slots);
    return this.#probing;
  }

  probe(slots: readonly number[]): Promise<number> {
    return timeToGoodAnswers({
      url: () => this.#world.url,
      users: slots.map((slot) => this.quietUserOf(slot)),
      records: this.records,
      giveUpMs: GIVE_UP_MS,
      withinMs: GOOD_WITHIN_MS,
    });
  }
}
