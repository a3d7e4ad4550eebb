import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { plotBars } from '../../bench/plot/bars.ts';
import { plotCurves } from '../../bench/plot/curves.ts';
import { decades, roundNumbers } from '../../bench/plot/decades.ts';
import { spreadOut } from '../../bench/plot/spread-out.ts';
import { svgFile } from '../../bench/plot/svg.ts';
import { plotsOfResult, writePlots } from '../../bench/report/plot-files.ts';
import { storedResult } from './stored-result.ts';

const numbers = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, number]) => Number(number));

/** The names of elements that are closed in another order than they were opened, or never. */
function unbalanced(markup: string): readonly string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  for (const [, slash, name = '', end] of markup.matchAll(/<(\/?)([a-z]+)(?:\s[^<>]*?)?(\/?)>/g)) {
    if (slash === '/') {
      if (open.pop() !== name) wrong.push(name);
    } else if (end !== '/') open.push(name);
  }
  return [...wrong, ...open];
}

describe('bars', () => {
  const bar = (median: number) =>
    ({ median, min: median, max: median, label: '', kind: 'peer', value: '', beside: '' }) as const;

  it('are as long as what they stand for, from zero', () => {
    const plot = plotBars({
      id: '',
      title: '',
      width: 402,
      unit: '',
      besides: '',
      bars: [bar(1000), bar(250), bar(0)],
    });
    expect(numbers(plot.body, /<rect [^>]* width="([\d.]+)"/g)).toEqual([400, 100, 1]);
  });
});

describe('curves', () => {
  const spread = (median: number) => ({ median, min: median, max: median });
  const plan = { id: '', title: '', width: 400, xLabel: 'users', along: 'places', isYLog: false } as const;

  it('start their scale at zero, so that a small fall looks small', () => {
    const points = [1, 100, 10_000].map((x, index) => ({ x, y: spread(1000 - 100 * index) }));
    const { body } = plotCurves({ ...plan, curves: [{ name: '', label: 'this service', kind: 'own', points }] });
    const [first = 0, second = 0, third = 0] = numbers(body, /<circle [^>]*cy="([\d.]+)"/g);
    const zero = numbers(body, /<line class="grid" [^>]*y2="([\d.]+)"/g)[0] ?? 0;
    expect((zero - third) / (zero - first)).toBeCloseTo(0.8, 2);
    expect(second - first).toBeCloseTo(third - second, 0);
    const [left = 0, middle = 0, right = 0] = numbers(body, /<circle [^>]*cx="([\d.]+)"/g);
    expect(middle - left).toBeCloseTo(right - middle, 0);
  });
});

describe('ticks of a logarithmic scale', () => {
  it('are round numbers within it, powers of ten alone where there would be many', () => {
    expect(roundNumbers([354, 8473])).toEqual([500, 1000, 2000, 5000]);
    expect(roundNumbers([60, 10_144])).toEqual([100, 1000, 10_000]);
    expect(decades([0.1, 100])).toEqual([0.1, 1, 10, 100]);
  });
});

describe('labels at the ends of curves', () => {
  it('keep their order and their distance, and stay where they are when there is room', () => {
    expect(spreadOut([10, 50, 90], 15, 0, 100)).toEqual([10, 50, 90]);
    expect(spreadOut([52, 50, 51], 15, 0, 100)).toEqual([80, 50, 65]);
    expect(spreadOut([99, 98], 15, 0, 100)).toEqual([100, 85]);
  });
});

describe('plots as files', () => {
  const result = storedResult();

  it('are whole pictures with a ground of their own that ask for nothing', () => {
    const plots = [...plotsOfResult(result).values()];
    expect(plots.map(({ id }) => id)).toEqual([
      ...['comparison', 'hot-user-rate', 'hot-user-latency', 'batch-rate', 'batch-latency', 'core-hot-rate'],
      ...['growth-workers-rate', 'growth-workers-cpu-us-per-operation', 'growth-workers-latency'],
    ]);
    for (const plot of plots) {
      const svg = svgFile(plot);
      expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /);
      expect(svg).toContain('.ground { fill: #ffffff');
      expect(svg).toContain('<rect class="ground"');
      expect(svg).toContain(`>${plot.title}</text>`);
      expect(svg).not.toMatch(/var\(|href|url\(|@import|<script|NaN|undefined/);
      expect(unbalanced(svg)).toEqual([]);
    }
  });

  it('are written under their names, those that were asked for', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'highload-user-balance-plots-'));
    try {
      const path = join(folder, 'bench-comparison.svg');
      expect(await writePlots(result, { folder, ids: ['comparison'] })).toEqual([path]);
      expect(await readFile(path, 'utf8')).toContain('>6.0×</text>');
      await expect(writePlots(result, { folder, ids: ['nothing'] })).rejects.toThrow(
        /no plot nothing; there are compar/,
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
