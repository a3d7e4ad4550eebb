import { createAccessKey } from './access-key.js';
import { connect } from './connection.js';
import { byId } from './dom.js';
import { createEventList } from './event-list.js';
import { createHotUsers } from './hot-users.js';
import { createLookUp } from './look-up.js';
import { createState } from './state.js';
import { createTraffic } from './traffic.js';
import { createWorkers } from './workers.js';

/**
 * @typedef {import('../snapshot.ts').Snapshot} Snapshot
 * @typedef {import('../snapshot.ts').HistoryPoint} HistoryPoint
 */

/** A little more than the charts show. */
const POINTS_MAX = 150;

const NEEDED = 'With the scope metrics:read it shows the service, with balance:read it looks up users.';

const key = createAccessKey(() => {
  connection.retry();
  lookUp.again();
});
const state = createState();
const traffic = createTraffic();
const workers = createWorkers();
const events = createEventList();
const lookUp = createLookUp({ readKey: key.read, askForKey: key.ask });
const hotUsers = createHotUsers(lookUp.choose);

/** @type {HistoryPoint[]} */
let points = [];
/** @type {Snapshot | null} */
let latest = null;

function show() {
  // Nobody looks: it is drawn when somebody does.
  if (latest === null || document.hidden) return;
  traffic.show(latest, points);
  workers.show(latest.workers, points);
  hotUsers.show(latest.hottest);
  events.show(latest.events);
}

const connection = connect({
  readKey: key.read,
  onHistory(history) {
    const first = history[0]?.atMs ?? Number.POSITIVE_INFINITY;
    points = [...points.filter(({ atMs }) => atMs < first), ...history].slice(-POINTS_MAX);
  },
  onSecond({ snapshot, point }) {
    latest = snapshot;
    if (point.atMs > (points.at(-1)?.atMs ?? 0)) points = [...points, point].slice(-POINTS_MAX);
    state.hear(snapshot);
    show();
  },
  onStatus(status) {
    state.become(status);
    if (status.phase === 'denied') key.ask(key.read() === null ? NEEDED : status.detail);
  },
});
byId('retry').addEventListener('click', connection.retry);
document.addEventListener('visibilitychange', show);
