import { type HistoryPoint, pointOf, type Second, type Snapshot } from './snapshot.ts';

/** A page draws two minutes; a few seconds more are there for one that was disconnected for a moment. */
const HISTORY_POINTS_MAX = 150;

/** Takes one snapshot a second, hands it to whoever looks, and remembers enough for the charts of a page that opens. */
export class ConsoleFeed {
  readonly #listeners = new Set<(second: Second) => void>();
  readonly #history: HistoryPoint[] = [];
  #latest: Second | null = null;

  /** Null before the first. */
  get latest(): Second | null {
    return this.#latest;
  }

  /** The oldest first. */
  get history(): readonly HistoryPoint[] {
    return this.#history;
  }

  publish(snapshot: Snapshot): void {
    const point = pointOf(snapshot);
    const second = { snapshot, point };
    this.#latest = second;
    this.#history.push(point);
    if (this.#history.length > HISTORY_POINTS_MAX) this.#history.shift();
    for (const listener of [...this.#listeners]) listener(second);
  }

  /** Returns what ends it. */
  subscribe(listener: (second: Second) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
