import type { HttpSide, HttpSideName } from '../sides/side.ts';
import type { Contestant, Scenario, Stage } from './scenario.ts';

export interface HttpScenario extends Omit<Scenario, 'sides' | 'enter'> {
  readonly sides: readonly HttpSideName[];
  /** Makes a running server ready. */
  enter(side: HttpSide, stage: Stage): Promise<Contestant>;
}

/** A scenario whose sides all are servers of the fleet. */
export function overHttp(scenario: HttpScenario): Scenario {
  return {
    ...scenario,
    async enter(name, stage) {
      const side = scenario.sides.find((candidate) => candidate === name);
      if (side === undefined) throw new RangeError(`${name} has no part in ${scenario.name}`);
      return scenario.enter(await stage.fleet.http(side), stage);
    },
  };
}
