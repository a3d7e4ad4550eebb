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

/**
 * Both ends of an axis that holds all of `values` and need not begin at 0. Of one value it makes a range around it.
 * @param {readonly number[]} values at least one
 * @returns {{ bottom: number, top: number }}
 */
export function niceRange(values) {
  const lowest = Math.min(...values);
  const highest = Math.max(...values);
  if (lowest < (highest - lowest) * 2) return { bottom: 0, top: niceTop(highest, 10) };
  const span = niceTop(Math.max(highest - lowest, 4), 4);
  const step = span / 4;
  const bottom = Math.max(0, Math.floor(lowest / step) * step);
  return { bottom, top: Math.max(bottom + span, Math.ceil(highest / step) * step) };
}
