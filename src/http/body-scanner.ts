import { isUtf8 } from 'node:buffer';

/** A member that a request body may have. */
export interface Member {
  readonly name: string;
  readonly isRequired: boolean;
}

export interface IntegerMember extends Member {
  readonly min: number;
  readonly max: number;
  readonly mayBeZero: boolean;
}

/** What is wrong with a request, in words for the caller. */
export interface Defect {
  readonly kind: 'defect';
  readonly detail: string;
}

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
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
// With more digits than 2^53-1 has, a number is out of range whatever they are.
const DIGITS_MAX = 16;
const QUOTED_NAME_MAX = 40;

const isSpace = (byte: number | undefined) =>
  byte === SPACE || byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === TAB;

/** `"a", "b" and "c"`. */
function listOf(members: readonly Member[]): string {
  const quoted = members.map(({ name }) => `"${name}"`);
  const last = quoted.pop();
  return quoted.length === 0 ? `${last}` : `${quoted.join(', ')} and ${last}`;
}

/**
 * Walks the bytes of a JSON body once, judging everything as it is written: JSON.parse would round
 * `1.0000000000000000001` or 2^53+1 into something that looks valid, and let the last of two equal members win.
 * Stricter than RFC 8259 in one way: member names may not contain escapes.
 *
 * Every method leaves the cursor behind what it took; one that returns false (or null) has set `detail`, once. Nothing
 * but ASCII is ever taken, so a body that was taken as a whole is valid UTF-8.
 */
export class BodyScanner {
  detail = '';
  readonly #bytes: Buffer;
  #at = 0;
  /** The array that is being read, and which item of it: named before every defect. Null in the outermost object. */
  #array: string | null = null;
  #item = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /**
   * One object whose members are among `members` (at most 31), each at most once; `scanValue` takes the value of each as
   * it comes. Returns which there were, one bit for each of `members`; -1 when there was a defect.
   */
  scanObject(members: readonly Member[], scanValue: (index: number) => boolean): number {
    if (!this.#takes(OPEN_BRACE)) return this.#failsObject(this.#whyNoObject());
    let seen = 0;
    if (this.#takes(CLOSE_BRACE)) return seen;
    do {
      const index = this.#scanName(members);
      if (index === -1) return -1;
      if ((seen & (1 << index)) !== 0) return this.#failsObject(`"${members[index]?.name}" is given twice.`);
      seen |= 1 << index;
      if (!this.#takes(COLON)) return this.#failsObject(`A colon is missing after "${members[index]?.name}".`);
      this.#skipSpace();
      if (!scanValue(index)) return -1;
    } while (this.#takes(COMMA));
    if (!this.#takes(CLOSE_BRACE)) return this.#failsObject('A comma or the end of the JSON object is missing.');
    return seen;
  }

  /** An array of 1 to `itemsMax` items; `scanItem` takes each, with the cursor before it. Arrays do not nest. */
  scanArray(name: string, itemsMax: number, scanItem: () => boolean): boolean {
    if (!this.#takes(OPEN_BRACKET)) return this.fails(`"${name}" must be an array.`);
    const whyLength = `"${name}" must have 1 to ${itemsMax} items.`;
    if (this.#takes(CLOSE_BRACKET)) return this.fails(whyLength);
    this.#array = name;
    this.#item = 0;
    do {
      if (this.#item === itemsMax) return this.#failsArray(whyLength);
      if (!scanItem()) return false;
      this.#item += 1;
    } while (this.#takes(COMMA));
    return this.#takes(CLOSE_BRACKET)
      ? this.#leavesArray()
      : this.#failsArray(`A comma or the end of "${name}" is missing.`);
  }

  /** An integer written in its only way; null when it is not one, or not in the range. */
  scanInteger(member: IntegerMember): number | null {
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
    if (!endsHere || !isCanonical) return this.#failsValue(this.#whyNoInteger(member.name, digits));
    const value = isNegative ? -magnitude : magnitude;
    if (digits > DIGITS_MAX || value < member.min || value > member.max) {
      return this.#failsValue(`"${member.name}" must be from ${member.min} to ${member.max}.`);
    }
    if (value === 0 && !member.mayBeZero) return this.#failsValue(`"${member.name}" must not be 0.`);
    return value;
  }

  /**
   * The characters of a JSON string, with its escapes resolved. Bytes beyond ASCII come as one character each, so what
   * takes them must refuse them.
   */
  scanText(name: string): string | null {
    if (this.#bytes[this.#at] !== QUOTE) return this.#failsValue(`"${name}" must be a string.`);
    const start = this.#at;
    let hasEscapes = false;
    this.#at += 1;
    let byte = this.#bytes[this.#at];
    while (byte !== QUOTE && byte !== undefined) {
      if (byte === BACKSLASH) {
        hasEscapes = true;
        this.#at += 1;
      }
      this.#at += 1;
      byte = this.#bytes[this.#at];
    }
    if (byte === undefined) return this.#failsValue(`The body ends within the value of "${name}".`);
    this.#at += 1;
    if (!hasEscapes) return this.#bytes.toString('latin1', start + 1, this.#at - 1);
    try {
      return JSON.parse(this.#bytes.toString('latin1', start, this.#at)) as string;
    } catch {
      return this.#failsValue(`"${name}" must be a string of JSON.`);
    }
  }

  /** Nothing but white space is left. */
  ends(): boolean {
    this.#skipSpace();
    return this.#at === this.#bytes.length || this.fails('There is something after the JSON object.');
  }

  /** True when every member that `isRequired` is among those `seen`, as `scanObject` returned them. */
  hasAll(members: readonly Member[], seen: number): boolean {
    for (let i = 0; i < members.length; i += 1) {
      const member = members[i];
      if (member?.isRequired && (seen & (1 << i)) === 0) return this.fails(`"${member.name}" is missing.`);
    }
    return true;
  }

  fails(detail: string): false {
    this.detail = isUtf8(this.#bytes) ? `${this.#place()}${detail}` : 'The body is not valid UTF-8.';
    return false;
  }

  /** The index of the member named here; -1 when there is none. */
  #scanName(members: readonly Member[]): number {
    if (!this.#takes(QUOTE)) return this.#failsObject('A member name in double quotes is missing.');
    const start = this.#at;
    let byte = this.#bytes[this.#at];
    while (byte !== QUOTE && byte !== BACKSLASH && byte !== undefined && byte >= SPACE) {
      this.#at += 1;
      byte = this.#bytes[this.#at];
    }
    const index = byte === QUOTE ? this.#indexOfName(members, start) : -1;
    if (index === -1) return this.#failsObject(this.#whyNoName(members, start, byte));
    this.#at += 1;
    return index;
  }

  #indexOfName(members: readonly Member[], start: number): number {
    for (let i = 0; i < members.length; i += 1) {
      if (this.#isAt(start, (members[i] as Member).name)) return i;
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

  #place(): string {
    return this.#array === null ? '' : `${this.#array}[${this.#item}]: `;
  }

  #leavesArray(): true {
    this.#array = null;
    return true;
  }

  #failsArray(detail: string): false {
    this.#array = null;
    return this.fails(detail);
  }

  #failsObject(detail: string): -1 {
    this.fails(detail);
    return -1;
  }

  #failsValue(detail: string): null {
    this.fails(detail);
    return null;
  }

  #whyNoObject(): string {
    if (this.#array !== null) return 'Each item must be one JSON object.';
    if (this.#at === this.#bytes.length) return 'The body is empty.';
    if (this.#bytes[0] === 0xef && this.#bytes[1] === 0xbb) return 'The body must not begin with a byte order mark.';
    return 'The body must be one JSON object.';
  }

  #whyNoName(members: readonly Member[], start: number, byte: number | undefined): string {
    if (byte === undefined) return 'The body ends within a member name.';
    if (byte === BACKSLASH) return 'Escapes are not accepted in member names.';
    if (byte !== QUOTE) return 'A control character stands in a member name.';
    const name = new TextDecoder().decode(this.#bytes.subarray(start, this.#at));
    const shown = name.length > QUOTED_NAME_MAX ? `${name.slice(0, QUOTED_NAME_MAX)}...` : name;
    const what = this.#array === null ? 'this request, which' : 'an item, which';
    return `"${shown}" is not a member of ${what} takes ${listOf(members)}.`;
  }

  #whyNoInteger(name: string, digits: number): string {
    if (digits === 0 && this.#at === this.#bytes.length) return `The body ends before the value of "${name}".`;
    return `"${name}" must be an integer in plain digits: no quotes, fraction, exponent, leading zero, "+" or "-0".`;
  }
}
