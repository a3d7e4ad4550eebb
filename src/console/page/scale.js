const STEPS = [1, 2, 2.5, 5, 10];

/**
 * The end of an axis from 0 that holds `value`: 1, 2, 2.5 or 5 times a power of ten.
 * @param {number} value
 * @param {number} least
 */
export function niceTop(value, least) {
  const wanted = Math.max(value, least);
  const power = 10 ** Math.floor(Math.log10(wanted));
  return (STEPS.find((step) => step * power >= wanted) ?? 10) * power;
}

const HALVES = Array.from(
  { length: 48 },
  (_, place) => /** @type {number} */ ([1, 2, 5][place % 3]) * 10 ** Math.floor(place / 3),
);

/**
 * Both ends of an axis of integers that holds all of `values` and need not begin at 0; the middle is an integer too.
 * @param {readonly number[]} values at least one
 * @returns {{ bottom: number, top: number }}
 */
export function niceRange(values) {
  const lowest = Math.min(...values);
  const highest = Math.max(...values);
  const ranges = HALVES.map((half) => {
    const bottom = Math.floor(lowest / half) * half;
    return { bottom, top: bottom + 2 * half };
  });
  return ranges.find(({ top }) => top >= highest) ?? { bottom: 0, top: highest };
}
