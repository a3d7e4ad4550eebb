/** The powers of ten within a domain whose ends are powers of ten, as `nice` makes them on a logarithmic scale. */
export function decades([from, to]: readonly [number, number]): readonly number[] {
  const first = Math.ceil(Math.log10(from) - 1e-9);
  const last = Math.floor(Math.log10(to) + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => Number(`1e${first + index}`));
}
