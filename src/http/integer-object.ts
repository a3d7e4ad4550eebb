import { isUtf8 } from 'node:buffer';

/** A member that a request body may have. */
export interface IntegerMember {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly mayBeZero: boolean;
  readonly isRequired: boolean;
}

/** What is wrong with a request, in words for the caller. */
export interface Defect {
  readonly kind: 'defect';
  readonly detail: string;
}

/** `values` stand in the order of the members asked for; an absent one is undefined. */
export type IntegerObject = { readonly kind: 'integers'; readonly values: readonly (number | undefined)[] } | Defect;

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
// With more digits than 2^53-1 has, a number is out of range whatever they are.
const DIGITS_MAX = 16;
const QUOTED_NAME_MAX = 40;

const isSpace = (byte: number | undefined) =>
  byte === SPACE || byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === TAB;

/**
 * Reads one flat JSON object of integers, judging each number as it is written: JSON.parse would round
 * `1.0000000000000000001` or 2^53+1 into something that looks valid, and let the last of two equal members win.
 * Stricter than RFC 8259 in one way: member names may not contain escapes.
 */
export function parseIntegerObject(body: Uint8Array, members: readonly IntegerMember[]): IntegerObject {
  const scanner = new Scanner(body, members);
  if (scanner.scan()) return { kind: 'integers', values: scanner.values };
  return { kind: 'defect', detail: scanner.detail };
}

/** Walks the bytes once. Every method leaves `#at` behind what it took; one that returns false has set `detail`. */
class Scanner {
  readonly values: (number | undefined)[];
  detail = '';
  readonly #bytes: Uint8Array;
  readonly #members: readonly IntegerMember[];
  #at = 0;

  constructor(bytes: Uint8Array, members: readonly IntegerMember[]) {
    this.#bytes = bytes;
    this.#members = members;
    this.values = new Array(members.length).fill(undefined);
  }

  scan(): boolean {
    if (!this.#takes(OPEN_BRACE)) return this.#fails(this.#whyNoObject());
    if (!this.#takes(CLOSE_BRACE)) {
      do {
        if (!this.#scanMember()) return false;
      } while (this.#takes(COMMA));
      if (!this.#takes(CLOSE_BRACE)) return this.#fails('A comma or the end of the JSON object is missing.');
    }
    this.#skipSpace();
    if (this.#at !== this.#bytes.length) return this.#fails('There is something after the JSON object.');
    return this.#hasAllRequired();
  }

  #scanMember(): boolean {
    const index = this.#scanName();
    const member = this.#members[index];
    if (member === undefined) return false;
    if (this.values[index] !== undefined) return this.#fails(`"${member.name}" is given twice.`);
    if (!this.#takes(COLON)) return this.#fails(`A colon is missing after "${member.name}".`);
    this.#skipSpace();
    return this.#scanInteger(index, member);
  }

  /** The index of the member named here; -1 with a detail when there is none. */
  #scanName(): number {
    if (!this.#takes(QUOTE)) {
      this.#fails('A member name in double quotes is missing.');
      return -1;
    }
    const start = this.#at;
    let byte = this.#bytes[this.#at];
    while (byte !== QUOTE && byte !== BACKSLASH && byte !== undefined && byte >= SPACE) {
      this.#at += 1;
      byte = this.#bytes[this.#at];
    }
    const index = byte === QUOTE ? this.#indexOfName(start) : -1;
    if (index === -1) this.#fails(this.#whyNoName(start, byte));
    this.#at += 1;
    return index;
  }

  #indexOfName(start: number): number {
    for (let i = 0; i < this.#members.length; i += 1) {
      if (this.#isAt(start, (this.#members[i] as IntegerMember).name)) return i;
    }
    return -1;
  }

  /** True when the bytes from `start` to the cursor are this ASCII name. */
  #isAt(start: number, name: string): boolean {
    if (this.#at - start !== name.length) return false;
    for (let i = 0; i < name.length; i += 1) {
      if (this.#bytes[start + i] !== name.charCodeAt(i)) return false;
    }
    return true;
  }

  #scanInteger(index: number, member: IntegerMember): boolean {
    const isNegative = this.#bytes[this.#at] === MINUS;
    if (isNegative) this.#at += 1;
    const start = this.#at;
    // Exact up to 2^53; beyond it, rounding keeps the order, so the comparison with the range stays right.
    let magnitude = 0;
    let byte = this.#bytes[start];
    while (byte !== undefined && byte >= ZERO && byte <= NINE) {
      magnitude = magnitude * 10 + (byte - ZERO);
      this.#at += 1;
      byte = this.#bytes[this.#at];
    }
    const digits = this.#at - start;
    const endsHere = byte === COMMA || byte === CLOSE_BRACE || byte === undefined || isSpace(byte);
    const isCanonical = digits === 1 ? !(isNegative && magnitude === 0) : digits > 1 && this.#bytes[start] !== ZERO;
    if (!endsHere || !isCanonical) return this.#fails(this.#whyNoInteger(member.name, digits));
    const value = isNegative ? -magnitude : magnitude;
    if (digits > DIGITS_MAX || value < member.min || value > member.max) {
      return this.#fails(`"${member.name}" must be from ${member.min} to ${member.max}.`);
    }
    if (value === 0 && !member.mayBeZero) return this.#fails(`"${member.name}" must not be 0.`);
    this.values[index] = value;
    return true;
  }

  #hasAllRequired(): boolean {
    for (let i = 0; i < this.#members.length; i += 1) {
      const member = this.#members[i];
      if (member?.isRequired && this.values[i] === undefined) return this.#fails(`"${member.name}" is missing.`);
    }
    return true;
  }

  #skipSpace(): void {
    while (isSpace(this.#bytes[this.#at])) this.#at += 1;
  }

  /** Skips white space, then takes this byte if it comes next. */
  #takes(byte: number): boolean {
    this.#skipSpace();
    if (this.#bytes[this.#at] !== byte) return false;
    this.#at += 1;
    return true;
  }

  #fails(detail: string): false {
    this.detail = isUtf8(this.#bytes) ? detail : 'The body is not valid UTF-8.';
    return false;
  }

  #whyNoObject(): string {
    if (this.#at === this.#bytes.length) return 'The body is empty.';
    if (this.#bytes[0] === 0xef && this.#bytes[1] === 0xbb) return 'The body must not begin with a byte order mark.';
    return 'The body must be one JSON object.';
  }

  #whyNoName(start: number, byte: number | undefined): string {
    if (byte === undefined) return 'The body ends within a member name.';
    if (byte === BACKSLASH) return 'Escapes are not accepted in member names.';
    if (byte !== QUOTE) return 'A control character stands in a member name.';
    const name = new TextDecoder().decode(this.#bytes.subarray(start, this.#at));
    const shown = name.length > QUOTED_NAME_MAX ? `${name.slice(0, QUOTED_NAME_MAX)}...` : name;
    const known = this.#members.map((member) => `"${member.name}"`).join(' and ');
    return `"${shown}" is not a member of this request, which takes ${known}.`;
  }

  #whyNoInteger(name: string, digits: number): string {
    if (digits === 0 && this.#at === this.#bytes.length) return `The body ends before the value of "${name}".`;
    return `"${name}" must be an integer in plain digits: no quotes, fraction, exponent, leading zero, "+" or "-0".`;
  }
}
