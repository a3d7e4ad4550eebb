import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportPage } from '../../bench/report/report-page.ts';
import { writeReport } from '../../bench/report/write-report.ts';
import { shortNumber } from '../../bench/table.ts';
import { disagreed, RUNS, run, storedResult, timed } from './stored-result.ts';

/** What a person reads in one scenario's section, in the tables and in the plots. */
function section(page: string, id: string): string {
  const found = new RegExp(`<section id="${id}">[\\s\\S]*?</section>`).exec(page)?.[0];
  if (found === undefined) throw new Error(`There is no section ${id}`);
  return found;
}

const tablesOf = (html: string) => html.replaceAll(/<svg[\s\S]*?<\/svg>/g, '');
const svgsOf = (html: string) => html.match(/<svg[\s\S]*?<\/svg>/g) ?? [];

describe('the report of a result', () => {
  const result = storedResult();
  const page = reportPage(result);

  it('has each figure that a table of the bench has, in a table', () => {
    let figures = 0;
    for (const summary of result.summaries) {
      const columns = result.scenarios.find(({ name }) => name === summary.scenario)?.columns ?? {};
      if (summary.kind !== 'proven') continue;
      for (const name of Object.keys(columns)) {
        const text = shortNumber(summary.figures[name]?.median ?? Number.NaN);
        expect(tablesOf(section(page, summary.scenario))).toContain(`<td>${text}</td>`);
        figures += 1;
      }
    }
    expect(figures).toBe(21);
  });

  it('draws the rate of each side, with what the service does beside it', () => {
    const [rates = ''] = svgsOf(section(page, 'hot-user'));
    for (const text of ['8,123', '1,357', '16,246', '6.0×', '0.50×']) expect(rates).toContain(`>${text}</text>`);
  });

  it('compares by requests, by changes where one request has many, and with pgbench where nothing else is there', () => {
    const overview = tablesOf(section(page, 'overview'));
    expect(overview).toContain(
      '>hot-user</th><td>6.0×</td><td>8,123</td><td class="text">usual design</td><td>1,357</td>',
    );
    expect(overview).toContain(
      '>batch</th><td>33×</td><td>43,210</td><td class="text">usual design</td><td>1,321</td>',
    );
    expect(overview).toContain('>core-hot</th><td>39×</td><td>61,234</td><td class="text">pgbench</td><td>1,567</td>');
    expect(overview).toContain('6.0 to 33 times');
  });

  it('tells what a second worker brings, and what an operation costs then', () => {
    const overview = tablesOf(section(page, 'overview'));
    expect(overview).toContain('<td>1.50×</td><td class="text">requests/s</td><td>5,012 → 7,518</td>');
    expect(overview).toContain('<td>1.09×</td><td class="text">CPU us per operation</td><td>131 → 143</td>');
  });

  it('names the machine, the server, the options and what was proven', () => {
    const facts = ['2 cores, Some CPU', 'v20.19.0', '18.4; fsync on, synchronous_commit on', '1 worker', 'Everything.'];
    for (const fact of facts) expect(page).toContain(fact);
    expect(page).toContain('All 8 runs agreed');
  });

  it('asks for nothing from anywhere', () => {
    expect(page).not.toMatch(/https?:|\/\/|url\(|@import|<(script|link|img|iframe|object)|\ssrc=|href="(?!#)/i);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  });

  it('says in words what each plot shows', () => {
    const svgs = svgsOf(page);
    expect(svgs.length).toBeGreaterThanOrEqual(8);
    for (const svg of svgs) expect(svg).toMatch(/^<svg [^>]*role="img" aria-label="[^"]{20,}"/);
    expect(svgs[0]).toContain('hot-user, times usual design: this service 6.0, node-http-noop 12');
  });

  it('has only links that lead somewhere', () => {
    const targets = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    expect(targets).toEqual(['hot-user', 'batch', 'core-hot', 'growth-workers']);
    for (const id of targets) expect(page).toContain(`<section id="${id}">`);
  });
});

describe('the report of a result that is not all well', () => {
  it('has no figure of a side of which one run disagreed, nor one that is made of it', () => {
    const page = reportPage(
      storedResult([...RUNS, disagreed('hot-user', 'this service', 'final balance: 2, expected 0')]),
    );
    const hotUser = section(page, 'hot-user');
    expect(page).not.toContain('8,123');
    expect(hotUser).not.toContain('6.0');
    expect(hotUser).toContain('this service disagreed in run 2, so it has no figure: final balance: 2, expected 0.');
    expect(hotUser).toContain('1,357');
    expect(section(page, 'overview')).not.toContain('>hot-user</th>');
    expect(page).toContain('class="verdict bad">FAILED: 1 of 9 runs disagreed');
  });

  it('draws nothing where nobody was proven', () => {
    const page = reportPage(storedResult([disagreed('batch', 'this service', 'all of it', 0)]));
    expect(section(page, 'batch')).not.toContain('<svg');
    expect(section(page, 'batch')).toContain('disagreed in its warm-up');
  });

  it('lets no name, note or reason become markup', () => {
    const evil = '<b title="x">&';
    const runs = [...RUNS, run('hot-user', evil, timed(999, 1)), disagreed('batch', 'usual design', evil)];
    const [first, ...others] = storedResult().scenarios;
    if (first === undefined) throw new Error('There is a scenario');
    const page = reportPage(
      storedResult(runs, {
        note: evil,
        machine: { cores: 1, cpu: evil, memoryBytes: 1, platform: evil, node: evil },
        sides: [{ name: evil, note: evil, proof: evil }],
        absences: [{ scenario: 'core-hot', side: evil, reason: evil }],
        scenarios: [{ ...first, description: evil, columns: { requestsPerSecond: evil } }, ...others],
      }),
    );
    expect(page).not.toContain('<b ');
    expect(page.match(/&lt;b title=&quot;x&quot;&gt;&amp;/g)?.length).toBeGreaterThan(12);
  });

  it('leaves out what a file could not hold', () => {
    const figures = { requestsPerSecond: 321, p50Ms: Number.NaN, p99Ms: Number.NaN };
    const page = reportPage(storedResult([run('hot-user', 'this service', [{ at: null, figures }])]));
    expect(page).toContain('321');
    expect(page).not.toMatch(/NaN|null|undefined|Infinity/);
  });
});

describe('a file of a report', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'highload-user-balance-report-'));
  });

  afterAll(() => rm(folder, { recursive: true }));

  it('is beside its result, and the same whenever it is made', async () => {
    const path = join(folder, 'result.json');
    await writeFile(path, JSON.stringify(storedResult()));
    expect(await writeReport(path)).toBe(join(folder, 'result.html'));
    expect(await readFile(join(folder, 'result.html'), 'utf8')).toBe(reportPage(storedResult()));
  });

  it.each([['{}'], ['null'], ['{"form":"highload-user-balance bench 1"}']])('is not made of %s', async (text) => {
    const path = join(folder, 'other.json');
    await writeFile(path, text);
    await expect(writeReport(path)).rejects.toThrow('is not a result of this bench');
  });
});
