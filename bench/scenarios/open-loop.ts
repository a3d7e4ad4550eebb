import { type HttpSide, SERVICE, USUAL_DESIGN } from '../sides/side.ts';
import type { Users } from '../stream/plan.ts';
import { overHttp } from './over-http.ts';
import type { Generators, LoadSettings, Point, RunResult, Turn } from './scenario.ts';
import { CONNECTIONS, figuresOf, PLENTY, type StreamForm, sendProven, warm } from './streams.ts';

/** Percent of what the same side did in the same run when callers waited for their answers. */
const SHARES = [25, 50, 75, 90];
const WARM_UP_SHARES = [50];
/** While the first requests of so many new connections go through, nothing is at its fixed rate. */
const LEAD_IN_MS = 500;
/** Enough that a request hardly ever waits for a connection; when it does, that time counts. */
const CONNECTIONS_OPEN = 256;

const connectionsFor = ({ connections }: LoadSettings) => connections ?? CONNECTIONS_OPEN;

interface Rates {
  readonly side: HttpSide;
  readonly stream: Generators['stream'];
  readonly users: Users;
  readonly settings: LoadSettings;
}

/** Latencies at fixed rates, from the time that each request was due: what callers feel who do not wait for each other. */
export const openLoop = overHttp({
  name: 'open-loop',
  isQuick: false,
  sides: [SERVICE, USUAL_DESIGN, 'node-http-noop'],
  axis: '% of its peak',
  columns: {
    ratePerSecond: 'requests/s',
    p50Ms: 'p50 ms',
    p90Ms: 'p90 ms',
    p99Ms: 'p99 ms',
    p999Ms: 'p99.9 ms',
    maxMs: 'max ms',
  },
  baselines: [],
  describe: (settings) =>
    `withdrawals of 2 from one user at fixed rates for ${settings.durationMs / 1000} s each (after ${LEAD_IN_MS / 1000} s ` +
    'that are not measured), as shares of the peak of the same side in the same run; latencies from the time a request was due',
  connections: connectionsFor,
  async enter(side, { generators: { stream }, settings }) {
    const users = await side.createUsers(1, PLENTY);
    await warm(side, stream, users);
    return { tail: side.tail, run: (turn) => runRates({ side, stream, users, settings }, turn) };
  },
});

async function runRates({ side, stream, users, settings }: Rates, turn: Turn): Promise<RunResult> {
  const shares = turn.isWarmUp ? WARM_UP_SHARES : SHARES;
  const durationMs = turn.isWarmUp ? settings.durationMs / 2 : settings.durationMs;
  let done = 0;
  const send = async (form: Partial<StreamForm>) => {
    const onProgress = (share: number) => turn.onProgress((done + share) / (shares.length + 1));
    const whole = { users, durationMs, connections: connectionsFor(settings), ...form };
    const outcome = await sendProven(side, stream, { form: whole, expected: 'accepted', onProgress });
    done += 1;
    return outcome;
  };
  const closed = await send({ connections: CONNECTIONS });
  if (closed.kind === 'disagreed') return closed;
  const peakPerSecond = figuresOf(closed.result).requestsPerSecond ?? 0;
  const points: Point[] = [];
  for (const at of shares) {
    const outcome = await send({ ratePerS: (peakPerSecond * at) / 100, leadInMs: LEAD_IN_MS });
    if (outcome.kind === 'disagreed') return outcome;
    // Not named as what a side could do: it did what it was asked.
    const { requestsPerSecond: ratePerSecond = 0, ...figures } = figuresOf(outcome.result);
    points.push({ at, figures: { ...figures, ratePerSecond, peakPerSecond } });
  }
  return { kind: 'proven', points };
}
