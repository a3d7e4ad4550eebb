import { announce, byId, setText } from './dom.js';
import { createBalanceChart, describePage, showEntries } from './entries.js';
import { clockTime, whole } from './format.js';

/** @typedef {import('./entries.js').Entry} Entry */

const CHARTED = 100;
const PAGE = 10;
const FOLLOW_MS = 2000;
const ANSWER_WITHIN_MS = 10_000;
const ID = /^[1-9]\d{0,15}$/;

/** Why there is nothing to show, for a person. */
class Problem extends Error {
  /**
   * @param {string} message
   * @param {number} [status]
   */
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

/**
 * Looks up one user: the balance, a chart and pages of entries. `before` of each page that was left is kept, so that
 * one can go back.
 * @param {{ readKey: () => string | null, askForKey: (detail: string) => void }} access
 */
export function createLookUp({ readKey, askForKey }) {
  const form = byId('find');
  const input = /** @type {HTMLInputElement} */ (byId('user-id'));
  const follow = /** @type {HTMLInputElement} */ (byId('follow'));
  const older = /** @type {HTMLButtonElement} */ (byId('older'));
  const newer = /** @type {HTMLButtonElement} */ (byId('newer'));
  const chart = createBalanceChart();
  /** @type {number | null} */
  let userId = null;
  /** Where each page begins; the last is the one that is shown, null the newest. @type {(number | null)[]} */
  let pages = [null];
  /** @type {number | null} */
  let nextBefore = null;
  /** Counts what was asked for: an answer to something older is dropped. */
  let asked = 0;
  let isAsking = false;

  /** @param {string} rest */
  async function ask(rest) {
    const key = readKey();
    const response = await fetch(`console/api/users/${userId}/${rest}`, {
      cache: 'no-store',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      headers: key === null ? {} : { authorization: `Bearer ${key}` },
    }).catch(() => {
      throw new Problem('The service does not answer.');
    });
    const body = await response.json().catch(() => ({}));
    // That there is no such user comes as a problem with the status 200.
    if (!response.ok || 'code' in body) throw new Problem(problemText(response.status, body), response.status);
    return body;
  }

  async function readPage() {
    const before = pages.at(-1) ?? null;
    if (before !== null) return ask(`entries?refused=true&limit=${PAGE}&before=${before}`);
    const answer = await ask(`entries?refused=true&limit=${CHARTED}`);
    chart.show(answer.entries);
    // The newest entry tells the balance too, so that both are of the same moment; a user may have no entries.
    showAccount(answer.entries[0] ?? (await ask('balance')));
    const entries = answer.entries.slice(0, PAGE);
    return { entries, nextBefore: answer.entries.length > PAGE ? entries.at(-1).version : null };
  }

  /** @param {{ isAloud: boolean }} how whether somebody waits for it */
  async function refresh({ isAloud }) {
    asked += 1;
    const mine = asked;
    isAsking = true;
    try {
      const page = await readPage();
      if (mine === asked) show(page, isAloud);
    } catch (error) {
      if (mine === asked) fail(error instanceof Problem ? error : new Problem(String(error)), isAloud);
    } finally {
      if (mine === asked) isAsking = false;
    }
  }

  /** @param {{ balance: number, version: number }} account */
  function showAccount({ balance, version }) {
    setText(byId('user-title'), `User ${userId}`);
    setText(byId('balance'), whole(balance));
    setText(byId('version'), whole(version));
    setText(byId('as-of'), clockTime(Date.now()));
  }

  /**
   * @param {{ entries: Entry[], nextBefore: number | null }} page
   * @param {boolean} isAloud
   */
  function show(page, isAloud) {
    nextBefore = page.nextBefore;
    showEntries(page.entries);
    describePage(page.entries, nextBefore !== null);
    older.disabled = nextBefore === null;
    newer.disabled = pages.length === 1;
    reveal('user-found');
    if (!isAloud) return;
    const isNewest = pages.length === 1;
    announce(
      isNewest
        ? `User ${userId} has a balance of ${byId('balance').textContent}.`
        : `${byId('page-text').textContent}.`,
    );
  }

  /**
   * @param {Problem} problem
   * @param {boolean} isAloud
   */
  function fail(problem, isAloud) {
    if (problem.status === 401 || problem.status === 403) askForKey(problem.message);
    // Somebody who only follows keeps what is there: its time says how old it is.
    if (!isAloud && !byId('user-found').hidden) return;
    setText(byId('user-title'), `User ${userId}`);
    setText(byId('user-problem'), problem.message);
    reveal('user-problem');
    if (isAloud) announce(problem.message);
  }

  /** @param {string} text */
  function begin(text) {
    if (!ID.test(text) || !Number.isSafeInteger(Number(text))) {
      input.setAttribute('aria-invalid', 'true');
      setText(byId('user-problem'), 'A user id is an integer from 1 to 9,007,199,254,740,991 in plain digits.');
      reveal('user-problem');
      announce('That is no user id.');
      return;
    }
    input.removeAttribute('aria-invalid');
    input.value = text;
    userId = Number(text);
    pages = [null];
    void refresh({ isAloud: true });
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    begin(input.value.trim());
  });
  older.addEventListener('click', () => {
    if (nextBefore === null) return;
    pages.push(nextBefore);
    void refresh({ isAloud: true });
  });
  newer.addEventListener('click', () => {
    if (pages.length === 1) return;
    pages.pop();
    void refresh({ isAloud: true });
  });
  setInterval(() => {
    const isFollowing = userId !== null && follow.checked && !document.hidden && pages.length === 1;
    const isLive = document.body.dataset.connection === 'live';
    if (isFollowing && isLive && !isAsking && !byId('user-found').hidden) void refresh({ isAloud: false });
  }, FOLLOW_MS);

  return {
    /** @param {number} chosen */
    choose(chosen) {
      begin(String(chosen));
      byId('user-title').scrollIntoView({ block: 'nearest' });
    },
    /** Another key is in use: what was refused may be had now. */
    again() {
      if (userId !== null) void refresh({ isAloud: true });
    },
  };
}

/** @param {'user-found' | 'user-problem'} id */
function reveal(id) {
  for (const each of ['user-found', 'user-problem', 'user-empty']) byId(each).hidden = each !== id;
}

/**
 * @param {number} status
 * @param {{ code?: string, detail?: string }} problem
 */
function problemText(status, { code, detail }) {
  if (code === 'user_not_found') return 'There is no such user.';
  return detail ?? `The service answers ${status}.`;
}
