// Fails when the service has become slower, measured against a server that does nothing: npm run bench:check [-- --update]
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { bench } from '../bench.ts';
import { Releases } from '../releases.ts';
import { SERVICE } from '../sides/side.ts';
import { compare, type Shares, sharesOf } from './guard.ts';

const USAGE = `Usage: npm run bench:check [-- --update]

Runs short scenarios on the service and on a node:http server that does nothing, in turns, and compares how much of that
server's rate the service reaches with what bench/check/committed.json says. Exits with 1 on a fall of more than 25%.

  --update   measure as before, and write what was measured to bench/check/committed.json
`;
const AGAINST = 'node-http-noop';
const committedFile = new URL('./committed.json', import.meta.url);

async function check(releases: Releases, signal: AbortSignal, isUpdate: boolean): Promise<boolean> {
  const committed = JSON.parse(readFileSync(committedFile, 'utf8')) as Shares;
  const options = {
    runs: 5,
    workers: 1,
    connections: undefined,
    durationMs: 1000,
    withdrawals: 10_000,
    scenarios: Object.keys(committed),
    sides: [SERVICE, AGAINST],
    isQuick: true,
    isFull: false,
    isWithPeers: true,
  };
  const { summaries, isProven } = await bench(options, releases, signal);
  const measured = sharesOf(summaries, SERVICE, AGAINST);
  if (isUpdate) {
    const rounded = Object.entries(measured).map(([scenario, share]) => [scenario, Number(share.toFixed(2))]);
    writeFileSync(committedFile, `${JSON.stringify(Object.fromEntries(rounded), null, 2)}\n`);
    return isProven;
  }
  const findings = compare(committed, measured);
  for (const { scenario, before, now, isFallen } of findings) {
    const verdict = isFallen ? 'FALLEN' : 'kept';
    process.stdout.write(
      `${scenario}: ${now?.toFixed(2) ?? 'no figure'} of ${AGAINST}, committed ${before}: ${verdict}\n`,
    );
  }
  return isProven && findings.every(({ isFallen }) => !isFallen);
}

const { values } = parseArgs({
  options: { update: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
});
const releases = new Releases();
const aborting = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    aborting.abort();
    void releases.run().then(() => process.exit(130));
  });
}
if (values.help) process.stdout.write(USAGE);
else {
  const isKept = await check(releases, aborting.signal, values.update).finally(() => releases.run());
  process.exit(isKept ? 0 : 1);
}
