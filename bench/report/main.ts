// Makes the report of a result again, or images of its plots: npm run bench:report -- [FILE] [--plots FOLDER]
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { readResult, resultsFolder } from '../result-file.ts';
import { writePlots } from './plot-files.ts';
import { writeReport } from './write-report.ts';

const USAGE = `Usage: npm run bench:report -- [FILE] [options]

Writes the report of a result of the bench beside it, as one HTML file that needs nothing else. FILE is a JSON file that
npm run bench wrote; without it, the newest one in bench/results.

  --plots FOLDER   instead, write its plots to this folder, as bench-NAME.svg
  --plot NAME      only this plot, may be repeated
  --help           this text
`;

async function newestResult(): Promise<string> {
  const names = await readdir(resultsFolder).catch(() => []);
  const newest = names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .at(-1);
  if (newest === undefined) throw new Error('There is no result yet: npm run bench writes one.');
  return relative(process.cwd(), join(resultsFolder, newest));
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      plots: { type: 'string' },
      plot: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const file = positionals[0] ?? (await newestResult());
  const folder = values.plots;
  const written =
    folder === undefined
      ? [await writeReport(file)]
      : await writePlots(await readResult(file), { folder, ids: values.plot });
  process.stdout.write(written.map((path) => `${path}\n`).join(''));
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
