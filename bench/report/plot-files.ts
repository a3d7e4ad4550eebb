import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Plot, svgFile } from '../plot/svg.ts';
import type { StoredResult } from '../result-file.ts';
import { comparisonPlot, comparisonsOf } from './comparisons.ts';
import { plotsOf } from './scenario-plots.ts';
import { viewsOf } from './scenario-view.ts';

/** For a page that shows images as wide as its text. */
const WIDTH = 640;

/** Every plot of the report, by its id. */
export function plotsOfResult(result: StoredResult): ReadonlyMap<string, Plot> {
  const views = viewsOf(result);
  const comparison = comparisonPlot(comparisonsOf(views), WIDTH);
  const plots = [...(comparison === null ? [] : [comparison]), ...views.flatMap((view) => plotsOf(view, WIDTH))];
  return new Map(plots.map((plot) => [plot.id, plot]));
}

/** Writes the plots with these ids, or all, as `bench-<id>.svg`. Throws when there is none of an id. Returns the paths. */
export async function writePlots(
  result: StoredResult,
  { folder, ids }: { readonly folder: string; readonly ids: readonly string[] },
): Promise<readonly string[]> {
  const plots = plotsOfResult(result);
  const chosen = (ids.length === 0 ? [...plots.keys()] : ids).map((id) => {
    const plot = plots.get(id);
    if (plot === undefined) throw new RangeError(`There is no plot ${id}; there are ${[...plots.keys()].join(', ')}`);
    return { path: join(folder, `bench-${id}.svg`), plot };
  });
  await mkdir(folder, { recursive: true });
  for (const { path, plot } of chosen) await writeFile(path, svgFile(plot));
  return chosen.map(({ path }) => path);
}
