import { byId, html, setText, svg } from './dom.js';
import { megabytes, milliseconds, percent, whole } from './format.js';
import { niceTop } from './scale.js';

/**
 * @typedef {import('../snapshot.ts').WorkerView} WorkerView
 * @typedef {import('../snapshot.ts').WorkerState} WorkerState
 * @typedef {import('../snapshot.ts').HistoryPoint} HistoryPoint
 * @typedef {ReturnType<typeof createRow>} Row
 */

/** @type {Readonly<Record<WorkerState, { tone: string, text: string }>>} */
const STATES = {
  gone: { tone: 'bad', text: 'No process' },
  starting: { tone: 'notice', text: 'Starting' },
  connecting: { tone: 'bad', text: 'No session' },
  standing_by: { tone: 'notice', text: 'Standing by' },
  serving: { tone: 'good', text: 'Held' },
  ending: { tone: 'notice', text: 'Given back' },
};

const SPARK = { width: 120, height: 26, points: 60 };
const QUEUE_SCALE_LEAST = 100;

/** The table of workers. */
export function createWorkers() {
  const body = byId('workers');
  /** @type {Map<string, Row>} */
  const rows = new Map();
  return {
    /**
     * @param {readonly WorkerView[]} workers
     * @param {readonly HistoryPoint[]} points
     */
    show(workers, points) {
      const recent = points.slice(-SPARK.points);
      const top = niceTop(
        Math.max(...recent.flatMap(({ queued }) => queued.map((each) => each ?? 0)), 0),
        QUEUE_SCALE_LEAST,
      );
      const keys = workers.map(({ slot, pid }) => `${slot}/${pid}`);
      for (const [key, { row }] of [...rows]) {
        if (keys.includes(key)) continue;
        row.remove();
        rows.delete(key);
      }
      workers.forEach((worker, index) => {
        const key = /** @type {string} */ (keys[index]);
        const row = rows.get(key) ?? createRow(worker.slot);
        rows.set(key, row);
        if (body.children[index] !== row.row) body.insertBefore(row.row, body.children[index] ?? null);
        row.show(
          worker,
          recent.map(({ queued }) => queued[worker.slot] ?? null),
          top,
        );
      });
    },
  };
}

/** @param {number} slot */
function createRow(slot) {
  const stateText = html('span');
  const state = html('span', { class: 'state' }, [
    html('span', { class: 'state-mark', 'aria-hidden': 'true' }),
    stateText,
  ]);
  const spark = svg('svg', { class: 'spark', viewBox: `0 0 ${SPARK.width} ${SPARK.height}`, 'aria-hidden': 'true' });
  const queued = html('span', { class: 'spark-value' });
  const bar = html('span', { class: 'bar', 'aria-hidden': 'true' }, [html('span', { class: 'bar-fill' })]);
  const busy = html('span', { class: 'bar-value' });
  const [pid, delay, connections, memory] = [0, 1, 2, 3].map(() => html('td', { class: 'wide number' }));
  const row = html('tr', {}, [
    html('th', { scope: 'row' }, [String(slot)]),
    html('td', {}, [state]),
    /** @type {HTMLElement} */ (pid),
    html('td', { class: 'spark-cell' }, [spark, queued]),
    html('td', { class: 'bar-cell' }, [bar, busy]),
    /** @type {HTMLElement} */ (delay),
    /** @type {HTMLElement} */ (connections),
    /** @type {HTMLElement} */ (memory),
  ]);
  return {
    row,
    /**
     * @param {WorkerView} worker
     * @param {readonly (number | null)[]} queue
     * @param {number} top
     */
    show(worker, queue, top) {
      const { tone, text } = STATES[worker.state];
      state.dataset.tone = tone;
      setText(stateText, text);
      drawSpark(spark, queue, top);
      setText(queued, whole(worker.queued));
      const share = Math.min(1, worker.busyShare ?? 0);
      /** @type {HTMLElement} */ (bar.firstElementChild).style.inlineSize = `${100 * share}%`;
      bar.dataset.tone = share > 0.95 ? 'bad' : share > 0.8 ? 'notice' : 'good';
      setText(busy, percent(worker.busyShare));
      setText(/** @type {HTMLElement} */ (pid), worker.pid === null ? '–' : String(worker.pid));
      setText(/** @type {HTMLElement} */ (delay), milliseconds(worker.loopDelayMs));
      setText(/** @type {HTMLElement} */ (connections), whole(worker.connections));
      setText(/** @type {HTMLElement} */ (memory), megabytes(worker.memoryBytes));
    },
  };
}

/**
 * The newest on the right, one column for each second.
 * @param {SVGSVGElement} element
 * @param {readonly (number | null)[]} values
 * @param {number} top
 */
function drawSpark(element, values, top) {
  const step = SPARK.width / SPARK.points;
  const from = SPARK.points - values.length;
  const bars = values.flatMap((value, index) => {
    if (value === null) return [];
    const height = Math.max(1, (value / top) * SPARK.height);
    const x = (from + index) * step;
    return [svg('rect', { x: x + 0.25, y: SPARK.height - height, width: step - 0.5, height })];
  });
  element.replaceChildren(...bars);
}
