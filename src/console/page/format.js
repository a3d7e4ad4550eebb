const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const TENTHS = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const COMPACT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 2 });

const NOTHING = '–';

/** @typedef {number | null | undefined} Figure null: there is none */

/** 18,204
 * @param {Figure} value */
export const whole = (value) => (value == null ? NOTHING : WHOLE.format(value));

/** Small ones with a tenth: 4.2, 38, 1,204
 * @param {Figure} value */
export const fine = (value) =>
  value == null ? NOTHING : value < 10 && value > 0 ? TENTHS.format(value) : whole(value);

/** For the axis of a chart: 18.2K
 * @param {number} value */
export const compact = (value) => (value < 10 ? String(Number(value.toPrecision(2))) : COMPACT.format(value));

/** @param {Figure} share 0 to 1 */
export const percent = (share) => (share == null ? NOTHING : `${WHOLE.format(100 * Math.min(1, share))}%`);

/** @param {Figure} value */
export const milliseconds = (value) => (value == null ? NOTHING : `${fine(value)} ms`);

/** @param {Figure} bytes */
export const megabytes = (bytes) => (bytes == null ? NOTHING : `${WHOLE.format(bytes / 1_048_576)} MB`);

/** +250, −2: a true minus, as wide as the plus.
 * @param {number} amount */
export const signed = (amount) => `${amount < 0 ? '−' : '+'}${WHOLE.format(Math.abs(amount))}`;

/** 21:06:23
 * @param {number} atMs */
export const clockTime = (atMs) => new Date(atMs).toLocaleTimeString('en-GB');

/** The time of today, with the date of another day.
 * @param {number} atMs */
export function when(atMs) {
  const date = new Date(atMs);
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday ? clockTime(atMs) : `${date.toLocaleDateString('en-CA')} ${clockTime(atMs)}`;
}

/** 8 s, 12 min, 3 h 20 min, 2 d 4 h
 * @param {number} ms */
export function duration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
