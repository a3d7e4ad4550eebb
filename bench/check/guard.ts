import type { SideSummary } from '../summary.ts';

/** Requests per second of the service divided by those of the side it is held against, by scenario. */
export type Shares = Readonly<Record<string, number>>;

/** A fall to less than this share of the committed one fails. */
const KEPT_MIN = 0.75;

export interface Finding {
  readonly scenario: string;
  /** As committed. */
  readonly before: number;
  /** Null: this run has no proven figure. */
  readonly now: number | null;
  readonly isFallen: boolean;
}

/** The shares of one run of the bench: of `side`, held against `against`. */
export function sharesOf(summaries: readonly SideSummary[], side: string, against: string): Shares {
  const shares: Record<string, number> = {};
  for (const summary of summaries) {
    const share = summary.kind === 'proven' && summary.side === side ? summary.ratios[against] : undefined;
    if (share !== undefined) shares[summary.scenario] = share;
  }
  return shares;
}

/** What became of each committed share. One that was not measured counts as fallen. */
export function compare(committed: Shares, measured: Shares): readonly Finding[] {
  return Object.entries(committed).map(([scenario, before]) => {
    const now = measured[scenario] ?? null;
    return { scenario, before, now, isFallen: now === null || now < KEPT_MIN * before };
  });
}
