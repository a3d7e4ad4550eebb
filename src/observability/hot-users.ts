/** A user and how many operations there were, by estimate. */
export interface HotUser {
  readonly userId: number;
  readonly operations: number;
}

const SLOTS = 128;
/** Of small shares only every so many is looked at, and counted for all of them. */
const SAMPLED_ONE_IN = 7;
/** So many at once are counted without sampling: the users that are looked for come in large shares. */
const LARGE = 16;

/**
 * The users with the most operations since the last `take`, in bounded memory: Space-Saving (Metwally, Agrawal and
 * El Abbadi, 2005). Whoever makes up more than 1 of 128 operations is among them, but for the chance of the sampling. A
 * newcomer takes the place of the least and inherits its count, so counts err upwards, by the least count at most.
 */
export class HotUsers {
  readonly #counts = new Float64Array(SLOTS);
  readonly #users = new Float64Array(SLOTS);
  readonly #slotOf = new Map<number, number>();
  #skipped = 0;

  add(userId: number, operations: number): void {
    if (operations >= LARGE) {
      this.#count(userId, operations);
      return;
    }
    this.#skipped += operations;
    if (this.#skipped < SAMPLED_ONE_IN) return;
    // All that were skipped are counted for this one, so that the total is kept.
    this.#count(userId, this.#skipped);
    this.#skipped = 0;
  }

  /** The `max` hottest, hottest first; then it begins anew. */
  take(max: number): HotUser[] {
    const found = [...this.#slotOf].map(([userId, slot]) => ({ userId, operations: this.#counts[slot] as number }));
    this.#slotOf.clear();
    this.#counts.fill(0);
    return found.sort((a, b) => b.operations - a.operations).slice(0, max);
  }

  #count(userId: number, operations: number): void {
    let slot = this.#slotOf.get(userId);
    if (slot === undefined) {
      slot = this.#slotOf.size < SLOTS ? this.#slotOf.size : this.#evictLeast();
      this.#slotOf.set(userId, slot);
      this.#users[slot] = userId;
    }
    this.#counts[slot] = (this.#counts[slot] as number) + operations;
  }

  #evictLeast(): number {
    let least = 0;
    for (let slot = 1; slot < SLOTS; slot += 1) {
      if ((this.#counts[slot] as number) < (this.#counts[least] as number)) least = slot;
    }
    this.#slotOf.delete(this.#users[least] as number);
    return least;
  }
}
