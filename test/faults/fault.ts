import type { Random } from '../support/random.ts';
import type { World } from './world.ts';

/** One way in which the world of the service goes wrong, and comes right again. */
export interface Fault {
  readonly name: string;
  /** What happens, for a person; one line. */
  readonly what: string;
  /** What the time to the first good answer counts from, when that is not the fault itself. */
  readonly countsFrom?: string;
  /** Good answers must be back by then. */
  readonly goodWithinMs: number;
  /** Where it cannot be injected it is left out. */
  isAvailable(): boolean;
  /**
   * Injects and heals: when it returns nothing is wrong any more that the service does not have to mend by itself. It
   * calls `world.wound` when the time to the first good answer begins. Throws when it could not do what it is there for.
   */
  inject(world: World, random: Random): Promise<void>;
}

export const always = (): boolean => true;
