import { SERVICE } from '../sides/side.ts';
import { kindOf } from '../sides/side-kind.ts';
import type { Spread } from '../statistics.ts';
import { type ScenarioView, sidesAlongAxis, told } from './scenario-view.ts';

/** How a figure of the service at one place of an axis stands to the same figure at the first place. */
export interface Growth {
  readonly scenario: string;
  readonly figure: string;
  /** The axis. */
  readonly of: string;
  readonly from: number;
  readonly to: number;
  readonly first: Spread;
  readonly last: Spread;
  readonly ratio: number;
}

/** Follows from another column, or tells less than it. */
const LEFT_OUT: readonly string[] = ['p50Ms', 'bytesPerUser'];
/** Places at which more is not just more of the same: each is told, and of the others only the last. */
const FEW_PLACES = 3;

/** The columns of every scenario with an axis, of what is the service's. */
export function growthsOf(views: readonly ScenarioView[]): readonly Growth[] {
  return views.filter(({ facts }) => facts.axis !== null && !('ratePerSecond' in facts.columns)).flatMap(growthsIn);
}

function growthsIn(view: ScenarioView): readonly Growth[] {
  const { name: scenario, axis, columns } = view.facts;
  const own = sidesAlongAxis(view).find(({ side }) => kindOf(side) === 'own');
  const [start, ...later] = own?.points ?? [];
  if (start === undefined) return [];
  const places = own?.side === SERVICE && later.length < FEW_PLACES ? later : later.slice(-1);
  const columnsTold = Object.entries(columns).filter(([name]) => !LEFT_OUT.includes(name));
  return columnsTold.flatMap(([name, figure]) =>
    places.flatMap((place) => {
      const first = told(start, name);
      const last = told(place, name);
      if (first === undefined || last === undefined) return [];
      const ratio = last.median / first.median;
      return [{ scenario, figure, of: axis ?? '', from: start.at ?? 0, to: place.at ?? 0, first, last, ratio }];
    }),
  );
}
