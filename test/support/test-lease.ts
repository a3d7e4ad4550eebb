import type { Lease } from '../../src/store/ledger.ts';

/** A lease that a test takes away and gives back. */
export class TestLease implements Lease {
  #isFresh = true;
  #isHeldElsewhere = false;
  #waiters: (() => void)[] = [];
  readonly #lostListeners: (() => void)[] = [];

  isFresh(): boolean {
    return this.#isFresh;
  }

  isHeldElsewhere(): boolean {
    return this.#isHeldElsewhere;
  }

  whenFresh(): Promise<void> {
    return this.#isFresh ? Promise.resolve() : new Promise((resolve) => this.#waiters.push(resolve));
  }

  onLost(listener: () => void): void {
    this.#lostListeners.push(listener);
  }

  lose(options: { readonly toAnother?: boolean } = {}): void {
    this.#isFresh = false;
    this.#isHeldElsewhere = options.toAnother ?? false;
    for (const listener of this.#lostListeners) listener();
  }

  regain(): void {
    this.#isFresh = true;
    this.#isHeldElsewhere = false;
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}
