/**
 * @typedef {import('../snapshot.ts').HistoryPoint} HistoryPoint
 * @typedef {import('../snapshot.ts').Second} Second
 *
 * How the page stands to the service. `lost`: it tries again at `retryAtMs`; `denied`: it waits for a key.
 * @typedef {{ readonly phase: 'connecting' | 'live' }
 *   | { readonly phase: 'lost', readonly sinceMs: number, readonly retryAtMs: number, readonly reason: string }
 *   | { readonly phase: 'denied', readonly status: number, readonly detail: string }} Status
 *
 * @typedef {object} Listener
 * @property {() => string | null} readKey
 * @property {(points: HistoryPoint[]) => void} onHistory
 * @property {(second: Second) => void} onSecond
 * @property {(status: Status) => void} onStatus
 */

/** There is a snapshot each second: after three have not come, the figures are old. */
const SILENT_MS = 3500;
const ATTEMPT_MS = 5000;
const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 8000;

class Refused extends Error {
  /**
   * @param {number} status
   * @param {string} detail
   */
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/**
 * Reads the stream of snapshots, and begins anew whenever it ends. EventSource cannot send a key, so the stream is read
 * from a fetch.
 * @param {Listener} listener
 */
export function connect(listener) {
  let attempts = 0;
  /** When the last snapshot came, for what is said of a loss. */
  let lastHeardMs = Date.now();
  let current = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let retryTimer;

  async function attempt() {
    clearTimeout(retryTimer);
    current.abort();
    const mine = new AbortController();
    current = mine;
    try {
      await readStream(mine, listener, () => {
        attempts = 0;
        lastHeardMs = Date.now();
        listener.onStatus({ phase: 'live' });
      });
      // The service ends a stream now and then to judge the key anew. Only when the next attempt fails it is lost.
      if (current === mine && attempts === 0) {
        attempts = 1;
        return void attempt();
      }
      fail(mine, 'The service has ended the stream.');
    } catch (error) {
      if (error instanceof Refused && (error.status === 401 || error.status === 403)) {
        if (current === mine) listener.onStatus({ phase: 'denied', status: error.status, detail: error.message });
      } else fail(mine, error instanceof Refused ? error.message : 'The service does not answer.');
    }
  }

  /**
   * @param {AbortController} mine
   * @param {string} reason
   */
  function fail(mine, reason) {
    if (current !== mine) return;
    const delayMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** attempts) * (0.75 + Math.random() / 2);
    attempts += 1;
    retryTimer = setTimeout(attempt, delayMs);
    listener.onStatus({ phase: 'lost', sinceMs: lastHeardMs, retryAtMs: Date.now() + delayMs, reason });
  }

  const retry = () => void attempt();
  window.addEventListener('online', retry);
  retry();
  return { retry };
}

/**
 * Resolves when the service ends the stream; throws when it cannot be had or breaks, or when it falls silent.
 * @param {AbortController} aborting
 * @param {Listener} listener
 * @param {() => void} onAlive
 */
async function readStream(aborting, listener, onAlive) {
  let timer = setTimeout(() => aborting.abort(), ATTEMPT_MS);
  try {
    const key = listener.readKey();
    const response = await fetch('console/api/stream', {
      cache: 'no-store',
      signal: aborting.signal,
      headers: key === null ? {} : { authorization: `Bearer ${key}` },
    });
    if (response.status !== 200 || response.body === null) throw await refusalOf(response);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let unread = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(() => aborting.abort(), SILENT_MS);
      const messages = (unread + value).split('\n\n');
      unread = messages.pop() ?? '';
      for (const message of messages) take(message, listener, onAlive);
    }
  } finally {
    clearTimeout(timer);
  }
}

/**
 * @param {string} message
 * @param {Listener} listener
 * @param {() => void} onAlive
 */
function take(message, listener, onAlive) {
  const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(message) ?? [];
  if (data === undefined) return;
  if (event === 'history') listener.onHistory(JSON.parse(data));
  if (event === 'second') {
    onAlive();
    listener.onSecond(JSON.parse(data));
  }
}

/** @param {Response} response */
async function refusalOf(response) {
  const problem = await response.json().catch(() => ({}));
  return new Refused(response.status, problem.detail ?? `The service answers ${response.status}.`);
}
