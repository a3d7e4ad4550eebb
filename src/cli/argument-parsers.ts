import { InvalidArgumentError } from 'commander';

// What commander calls with the text of an argument. Each throws InvalidArgumentError, to which commander adds the name.

/** An integer in plain digits: `0x10`, `1e3` and `007` are mistakes here, not numbers. */
export const integerFrom =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^(0|[1-9]\d{0,15})$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be an integer from ${min} to ${max} in plain digits.`);
  };

export const userId = integerFrom(1, Number.MAX_SAFE_INTEGER);

/** Negative to withdraw, positive to deposit. */
export function amount(text: string): number {
  const value = Number(text);
  if (/^-?[1-9]\d{0,15}$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError(
    'It must be an integer in plain digits, in minor units: negative to withdraw, positive to deposit, never 0.',
  );
}

export function idempotencyKey(text: string): string {
  if (/^[ -~]{1,255}$/.test(text)) return text;
  throw new InvalidArgumentError('It must have 1 to 255 printable ASCII characters.');
}

export function databaseUrl(text: string): string {
  if (/^postgres(ql)?:\/\//.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError('It must be a postgres:// URL.');
}
