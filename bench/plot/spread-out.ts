/**
 * Moves heights apart until neighbours have at least `gap` between them, within `top` and `bottom` as far as there is room.
 * The order stays; so does the order of the answer.
 */
export function spreadOut(heights: readonly number[], gap: number, top: number, bottom: number): readonly number[] {
  const order = heights.map((height, index) => ({ height, index })).sort((a, b) => a.height - b.height);
  const places = new Array<number>(heights.length);
  let free = top;
  for (const { height, index } of order) {
    const place = Math.max(height, free);
    places[index] = place;
    free = place + gap;
  }
  let limit = bottom;
  for (const { index } of order.toReversed()) {
    const place = Math.min(places[index] ?? limit, limit);
    places[index] = place;
    limit = place - gap;
  }
  return places;
}
