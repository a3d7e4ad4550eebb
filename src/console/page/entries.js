import { createChart } from './chart.js';
import { byId, html, setText } from './dom.js';
import { signed, when, whole } from './format.js';
import { niceRange } from './scale.js';

/**
 * @typedef {object} Entry
 * @property {number} version
 * @property {number} amount
 * @property {number} balance
 * @property {string} operationId
 * @property {string} createdAt
 * @property {{ requested: number, code: string }} [refused] of a refusal that was recorded; then the amount is 0
 */

/** The chart of a user's balance over the newest entries. */
export function createBalanceChart() {
  const chart = createChart(byId('balance-chart'));
  return {
    /** @param {readonly Entry[]} newest the newest first */
    show(newest) {
      const entries = newest.toReversed();
      const [first, last] = [entries[0], entries.at(-1)];
      byId('balance-chart').hidden = first === undefined;
      if (first === undefined || last === undefined) return;
      const balances = entries.map(({ balance }) => balance);
      const span = { from: first.version, to: Math.max(last.version, first.version + 1) };
      chart.show({
        at: entries.map(({ version }) => version),
        span,
        gapMax: Number.POSITIVE_INFINITY,
        isStepped: true,
        series: [{ name: 'Balance', series: 'balance', values: balances, isFilled: true }],
        range: niceRange(balances),
        marks: [
          { at: span.from, text: `version ${whole(first.version)}` },
          { at: span.to, text: whole(last.version) },
        ],
        format: whole,
        tell: (version) => `Version ${whole(version)}`,
        read: whole,
        summary: `Balance over the last ${entries.length} entries: from ${whole(first.balance)} to ${whole(last.balance)}.`,
      });
    },
  };
}

/**
 * Fills the table of entries.
 * @param {readonly Entry[]} entries
 */
export function showEntries(entries) {
  byId('entries').replaceChildren(...entries.map(rowOf));
}

/** @param {Entry} entry */
const rowOf = ({ version, amount, balance, operationId, createdAt, refused }) =>
  html('tr', {}, [
    html('td', { class: 'number' }, [whole(version)]),
    refused === undefined ? amountCell(amount) : refusedCell(refused),
    html('td', { class: 'number' }, [whole(balance)]),
    html('td', {}, [html('time', { datetime: createdAt }, [when(Date.parse(createdAt))])]),
    html('td', { class: 'wide' }, [html('code', {}, [operationId])]),
  ]);

/** @param {number} amount */
const amountCell = (amount) =>
  html('td', { class: 'number amount', 'data-sign': amount < 0 ? 'out' : 'in' }, [signed(amount)]);

/** @param {{ requested: number, code: string }} refused */
const refusedCell = ({ requested, code }) =>
  html('td', { class: 'number refusal', title: code }, ['refused ', html('s', {}, [signed(requested)])]);

/**
 * @param {readonly Entry[]} entries
 * @param {boolean} hasOlder
 */
export function describePage(entries, hasOlder) {
  const [first, last] = [entries[0], entries.at(-1)];
  if (first === undefined || last === undefined) return setText(byId('page-text'), 'There are no entries.');
  const end = hasOlder ? '' : ', which is the first';
  setText(byId('page-text'), `Versions ${whole(first.version)} to ${whole(last.version)}${end}`);
}
