import { createChart } from './chart.js';
import { byId, setText } from './dom.js';
import { clockTime, compact, fine, milliseconds, whole } from './format.js';
import { niceTop } from './scale.js';

/**
 * @typedef {import('../snapshot.ts').Snapshot} Snapshot
 * @typedef {import('../snapshot.ts').HistoryPoint} HistoryPoint
 */

const WINDOW_MS = 120_000;
/** Points are a second apart; a pause in them is a gap in the line. */
const GAP_MS = 2600;

/** Figures and charts of what is being changed, how fast it is answered, and in which rounds. */
export function createTraffic() {
  const changes = createChart(byId('changes-chart'));
  const latency = createChart(byId('latency-chart'));
  const rounds = createChart(byId('rounds-chart'));

  return {
    /**
     * @param {Snapshot} snapshot
     * @param {readonly HistoryPoint[]} points
     */
    show({ atMs, traffic }, points) {
      showFigures(traffic);
      const shared = {
        at: points.map((point) => point.atMs),
        span: { from: atMs - WINDOW_MS, to: atMs },
        gapMax: GAP_MS,
        marks: timeMarks(atMs),
        tell: clockTime,
      };
      const accepted = points.map((point) => point.acceptedPerS);
      const refused = points.map((point) => point.refusedPerS);
      const failed = points.map((point) => point.failedPerS);
      changes.show({
        ...shared,
        series: [
          { name: 'Accepted', series: 'accepted', values: accepted, isFilled: true },
          { name: 'Refused', series: 'refused', values: withoutZeros(refused) },
          { name: 'Failed', series: 'failed', values: withoutZeros(failed) },
        ],
        range: { bottom: 0, top: topOf([...accepted, ...refused, ...failed], 10) },
        format: compact,
        read: (value) => `${whole(value ?? 0)}/s`,
        summary: `Changes per second over the last 2 minutes. Accepted: now ${whole(traffic.acceptedPerS)}, at most ${whole(highest(accepted))}. Refused: now ${whole(traffic.refusedPerS)}. Failed: now ${whole(traffic.failedPerS)}.`,
      });
      const p50 = points.map((point) => point.p50Ms);
      const p99 = points.map((point) => point.p99Ms);
      latency.show({
        ...shared,
        series: [
          { name: 'p99', series: 'p99', values: p99, isFilled: true },
          { name: 'p50', series: 'p50', values: p50 },
        ],
        range: { bottom: 0, top: topOf([...p50, ...p99], 4) },
        format: compact,
        read: milliseconds,
        summary: `Milliseconds to the answer over the last 2 minutes. Median: now ${fine(traffic.latency?.p50Ms)}. 99th percentile: now ${fine(traffic.latency?.p99Ms)}, at most ${fine(highest(p99))}.`,
      });
      const sizes = points.map((point) => point.operationsMean);
      rounds.show({
        ...shared,
        series: [{ name: 'Operations in a round', series: 'rounds', values: sizes, isFilled: true }],
        range: { bottom: 0, top: topOf(sizes, 4) },
        format: compact,
        read: fine,
        summary: `Operations in a round over the last 2 minutes: now ${fine(traffic.rounds?.operationsMean)}, at most ${fine(highest(sizes))}.`,
      });
    },
  };
}

/** @param {Snapshot['traffic']} traffic */
function showFigures({ acceptedPerS, refusedPerS, failedPerS, latency, rounds }) {
  showFigure('accepted', acceptedPerS, whole);
  showFigure('refused', refusedPerS, whole);
  showFigure('failed', failedPerS, whole);
  showFigure('p50', latency?.p50Ms, fine);
  showFigure('p99', latency?.p99Ms, fine);
  showFigure('round-size', rounds?.operationsMean, fine);
  showFigure('round-rate', rounds?.perS, whole);
  showFigure('round-time', rounds?.commitMeanMs, fine);
}

/**
 * What is nothing steps back, so that what is something stands out.
 * @param {string} id
 * @param {number | null | undefined} value
 * @param {(value: number | null | undefined) => string} format
 */
function showFigure(id, value, format) {
  const element = byId(id);
  setText(element, format(value));
  element.toggleAttribute('data-is-nothing', value == null || value === 0);
}

/** The time of day, so that it stays true when nothing comes any more. @param {number} lastMs */
const timeMarks = (lastMs) =>
  [lastMs - WINDOW_MS, lastMs - WINDOW_MS / 2, lastMs].map((at) => ({ at, text: clockTime(at) }));

/** A line along the bottom would only cover the others; what lasted for one point still rises from it. @param {readonly number[]} values */
const withoutZeros = (values) =>
  values.map((value, index) => (value || values[index - 1] || values[index + 1] ? value : null));

/** @param {readonly (number | null)[]} values */
const highest = (values) => values.reduce((/** @type {number} */ top, value) => Math.max(top, value ?? 0), 0);

/**
 * @param {readonly (number | null)[]} values
 * @param {number} least
 */
const topOf = (values, least) => niceTop(highest(values), least);
