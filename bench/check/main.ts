// Fails when a request costs more than before, measured against a server that does nothing: npm run bench:check [-- --update]
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { bench } from '../bench.ts';
import { Releases } from '../releases.ts';
import { SERVICE } from '../sides/side.ts';
import { spreadOf } from '../statistics.ts';
import { compare, type Shares, sharesOf } from './guard.ts';

const ATTEMPTS = 3;
const USAGE = `Usage: npm run bench:check [-- --update]

Runs short scenarios on the service and on a node:http server that does nothing, in turns. The processor time that this
server takes for a request, divided by that of the service, is compared with what bench/check/committed.json says. Exits
with 1 on a fall of more than 25% that is seen ${ATTEMPTS} times in a row: a shared machine has slow minutes. Linux only.

  --update   measure ${ATTEMPTS} times, and write the medians to bench/check/committed.json
`;
const AGAINST = 'node-http-noop';
const committedFile = new URL('./committed.json', import.meta.url);

let releases = new Releases();
const aborting = new AbortController();

/** What was measured; null when a run was not proven. Each time on servers and a database of its own. */
async function measure(scenarios: readonly string[]): Promise<Shares | null> {
  releases = new Releases();
  try {
    const options = {
      runs: 5,
      workers: 1,
      connections: undefined,
      durationMs: 1000,
      withdrawals: 10_000,
      scenarios,
      sides: [SERVICE, AGAINST],
      isQuick: true,
      isFull: false,
      isWithPeers: true,
    };
    const { summaries, isProven } = await bench(options, releases, aborting.signal);
    return isProven ? sharesOf(summaries, SERVICE, AGAINST) : null;
  } finally {
    await releases.run();
  }
}

async function check(committed: Shares): Promise<boolean> {
  let doubtful = committed;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const measured = await measure(Object.keys(doubtful));
    if (measured === null) return false;
    const findings = compare(doubtful, measured);
    for (const { scenario, before, now, isFallen } of findings) {
      const verdict = isFallen ? `FALLEN (${attempt} of ${ATTEMPTS})` : 'kept';
      process.stdout.write(
        `${scenario}: ${AGAINST} costs ${now?.toFixed(2) ?? '?'} of the service, committed ${before}: ${verdict}\n`,
      );
    }
    const fallen = findings.filter(({ isFallen }) => isFallen);
    if (fallen.length === 0) return true;
    doubtful = Object.fromEntries(fallen.map(({ scenario, before }) => [scenario, before]));
  }
  return false;
}

async function update(committed: Shares): Promise<boolean> {
  const scenarios = Object.keys(committed);
  const all: Shares[] = [];
  while (all.length < ATTEMPTS) {
    const measured = await measure(scenarios);
    if (measured === null) return false;
    all.push(measured);
  }
  const medians = scenarios.map((scenario) => {
    const { median } = spreadOf(all.map((shares) => shares[scenario] ?? Number.NaN));
    return [scenario, Number(median.toFixed(2))];
  });
  writeFileSync(committedFile, `${JSON.stringify(Object.fromEntries(medians), null, 2)}\n`);
  return true;
}

const { values } = parseArgs({
  options: { update: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    aborting.abort();
    void releases.run().then(() => process.exit(130));
  });
}
if (values.help) process.stdout.write(USAGE);
else {
  const committed = JSON.parse(readFileSync(committedFile, 'utf8')) as Shares;
  process.exit((await (values.update ? update(committed) : check(committed))) ? 0 : 1);
}
