import { announce, byId, setText } from './dom.js';
import { clockTime, duration, when, whole } from './format.js';

/**
 * @typedef {import('./connection.js').Status} Status
 * @typedef {import('../snapshot.ts').Snapshot} Snapshot
 * @typedef {import('../snapshot.ts').ServiceState} ServiceState
 */

/** @type {Readonly<Record<ServiceState, { tone: string, text: string, notice?: string }>>} */
const STATES = {
  starting: {
    tone: 'notice',
    text: 'Starting',
    notice: 'The service is starting: not every slot has had an owner yet.',
  },
  serving: { tone: 'good', text: 'Serving' },
  impaired: {
    tone: 'bad',
    text: 'Impaired',
    notice: 'A slot has no owner: the users in it get 503 until a worker has taken it.',
  },
  standing_by: {
    tone: 'notice',
    text: 'Standing by',
    notice: 'Another launcher serves this database. This one takes over when that one ends.',
  },
  draining: {
    tone: 'notice',
    text: 'Draining',
    notice: 'The service is stopping: it answers what it has and takes no more requests.',
  },
};

const UNMETERED = 'The workers count nothing (METRICS=off), so there are no figures of traffic.';

const DATABASE = {
  reachable: { tone: 'good', text: 'Database reachable' },
  unreachable: { tone: 'bad', text: 'Database unreachable' },
  unknown: { tone: 'quiet', text: 'Database unknown' },
};

/** What the page says of the service as a whole, and of its own connection to it. */
export function createState() {
  /** @type {Status} */
  let status = { phase: 'connecting' };
  /** @type {Snapshot | null} */
  let latest = null;

  function show() {
    document.body.dataset.connection = status.phase;
    const isLive = status.phase === 'live' && latest !== null;
    const known = latest === null ? null : STATES[latest.service.state];
    const pill = isLive && known !== null ? known : STATUS_PILLS[status.phase];
    byId('state').dataset.tone = pill.tone;
    setText(byId('state-text'), pill.text);
    setText(byId('since'), isLive && latest !== null ? `up ${duration(latest.atMs - latest.service.startedAtMs)}` : '');
    const notice = isLive ? (known?.notice ?? (latest?.service.isMetered === false ? UNMETERED : '')) : '';
    byId('notice').hidden = notice === '';
    setText(byId('notice-text'), notice);
    showDatabase(isLive);
    showLedger();
    showLoss();
  }

  /** @param {boolean} isLive */
  function showDatabase(isLive) {
    const { tone, text } = DATABASE[isLive && latest !== null ? latest.database.state : 'unknown'];
    byId('database').dataset.tone = tone;
    setText(byId('database-text'), text);
  }

  /** It tells its own time, so it needs no connection to be true. */
  function showLedger() {
    const ledger = latest?.ledger ?? null;
    if (ledger === null) {
      byId('ledger').dataset.tone = 'quiet';
      setText(byId('ledger-text'), 'The ledger has not been checked yet.');
      return;
    }
    const { checkedAtMs, users, findings } = ledger;
    byId('ledger').dataset.tone = findings === 0 ? 'good' : 'bad';
    const sample = `Ledger checked at ${when(checkedAtMs)} on ${whole(users)} ${users === 1 ? 'user' : 'users'}`;
    const result =
      findings === 0
        ? 'balances agree with their entries.'
        : `${whole(findings)} disagreements found. Run: user-balance verify`;
    setText(byId('ledger-text'), `${sample}: ${result}`);
  }

  function showLoss() {
    const banner = byId('lost');
    banner.hidden = status.phase !== 'lost';
    if (status.phase !== 'lost') return;
    const now = Date.now();
    const inMs = status.retryAtMs - now;
    const hadFigures = latest !== null;
    const title = hadFigures
      ? `Disconnected since ${clockTime(status.sinceMs)}, for ${duration(now - status.sinceMs)}.`
      : 'Not connected.';
    const meaning = hadFigures ? ' What you see below is from then.' : '';
    const wasDraining = latest?.service.state === 'draining' ? ' It was stopping.' : '';
    setText(byId('lost-title'), title);
    setText(
      byId('lost-detail'),
      `${status.reason}${wasDraining}${meaning} ${inMs > 0 ? `Trying again in ${duration(inMs + 499)}.` : 'Trying again now.'}`,
    );
  }

  setInterval(() => {
    if (status.phase === 'lost') showLoss();
  }, 1000);

  return {
    /** @param {Snapshot} snapshot */
    hear(snapshot) {
      if (latest !== null && latest.service.state !== snapshot.service.state) {
        announce(STATES[snapshot.service.state].text);
      }
      latest = snapshot;
      show();
    },
    /** @param {Status} next */
    become(next) {
      if (next.phase !== status.phase) announce(SPOKEN[next.phase]);
      status = next;
      show();
    },
  };
}

const STATUS_PILLS = {
  connecting: { tone: 'quiet', text: 'Connecting' },
  live: { tone: 'quiet', text: 'Connecting' },
  lost: { tone: 'bad', text: 'Disconnected' },
  denied: { tone: 'notice', text: 'Key needed' },
};

const SPOKEN = {
  connecting: '',
  live: 'Connected: figures are live.',
  lost: 'Disconnected: figures are old.',
  denied: 'The service asks for an API key.',
};
