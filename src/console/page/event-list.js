import { byId, html } from './dom.js';
import { when } from './format.js';

/** @typedef {import('../snapshot.ts').EventView} EventView */

const LEVELS = { good: 'Good', quiet: 'Note', bad: 'Fault' };

/** The list of what happened last. */
export function createEventList() {
  const list = byId('events');
  let shown = '';
  return {
    /** @param {readonly EventView[]} events */
    show(events) {
      const next = JSON.stringify(events);
      if (next === shown) return;
      shown = next;
      list.replaceChildren(...events.map(itemOf));
      byId('events-empty').hidden = events.length > 0;
    },
  };
}

/** @param {EventView} event */
const itemOf = ({ atMs, level, text }) =>
  html('li', { class: 'event', 'data-tone': level }, [
    html('span', { class: 'state-mark', role: 'img', 'aria-label': LEVELS[level] }),
    html('time', { datetime: new Date(atMs).toISOString() }, [when(atMs)]),
    html('span', { class: 'event-text' }, [text]),
  ]);
