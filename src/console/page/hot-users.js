import { byId, html, setText } from './dom.js';
import { whole } from './format.js';

/** @typedef {import('../snapshot.ts').HotUser} HotUser */

const ROWS = 8;

/**
 * The list of hottest users. While somebody points at it or has the focus in it, everybody keeps their place, so that
 * a choice does not hit somebody else.
 * @param {(userId: number) => void} choose
 */
export function createHotUsers(choose) {
  const list = byId('hot');
  const rows = Array.from({ length: ROWS }, () => createRow(choose));
  /** @type {readonly HotUser[]} */
  let shown = [];
  return {
    /** @param {readonly HotUser[]} hottest */
    show(hottest) {
      const isHeld = shown.length > 0 && list.matches(':hover, :focus-within');
      const rates = new Map(hottest.map(({ userId, changesPerS }) => [userId, changesPerS]));
      shown = isHeld
        ? shown.map(({ userId }) => ({ userId, changesPerS: rates.get(userId) ?? 0 }))
        : hottest.slice(0, ROWS);
      const top = Math.max(1, ...shown.map(({ changesPerS }) => changesPerS));
      rows.forEach((row, index) => {
        const user = shown[index];
        if (user === undefined) row.item.remove();
        else {
          row.show(user, top);
          if (!row.item.isConnected) list.append(row.item);
        }
      });
      byId('hot-empty').hidden = shown.length > 0;
    },
  };
}

/** @param {(userId: number) => void} choose */
function createRow(choose) {
  let userId = 0;
  const fill = html('span', { class: 'hot-fill', 'aria-hidden': 'true' });
  const name = html('span', { class: 'hot-name' });
  const rate = html('span', { class: 'hot-rate' });
  const button = html('button', { type: 'button', class: 'hot-row' }, [fill, name, rate]);
  button.addEventListener('click', () => choose(userId));
  return {
    item: html('li', {}, [button]),
    /**
     * @param {HotUser} user
     * @param {number} top
     */
    show(user, top) {
      userId = user.userId;
      setText(name, `User ${userId}`);
      setText(rate, `${whole(user.changesPerS)}/s`);
      fill.style.inlineSize = `${(100 * user.changesPerS) / top}%`;
    },
  };
}
