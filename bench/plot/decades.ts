/** More would not find room beside each other. */
const TICKS_MAX = 6;

/** The powers of ten within a domain. */
export function decades([from, to]: readonly [number, number]): readonly number[] {
  const first = Math.ceil(Math.log10(from) - 1e-9);
  const last = Math.floor(Math.log10(to) + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => Number(`1e${first + index}`));
}

/** Round numbers within a domain: also twice and five times the powers of ten, where these are few. */
export function roundNumbers([from, to]: readonly [number, number]): readonly number[] {
  const all = decades([from / 10, to]).flatMap((decade) => [decade, 2 * decade, 5 * decade]);
  const within = all.filter((tick) => tick >= from && tick <= to);
  return within.length <= TICKS_MAX ? within : decades([from, to]);
}
