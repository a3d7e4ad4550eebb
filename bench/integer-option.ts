/** The value of a command-line option; undefined where it was not given. Throws a RangeError for one that is no such integer. */
export function integer(name: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new RangeError(`--${name} must be an integer from ${min} to ${max}`);
}
