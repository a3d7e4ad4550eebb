import type { StreamRequest } from './requests.ts';

export interface TapedAnswer {
  readonly kind: StreamRequest['kind'];
  /** What the request asked for. */
  readonly items: number;
  readonly status: number;
  readonly body: string;
}

interface Reel {
  readonly bytes: Buffer;
  end: number;
}

const KINDS: readonly StreamRequest['kind'][] = ['read', 'withdrawal', 'batch'];
const REEL_BYTES = 4 * 2 ** 20;
const LATENCIES_AT_FIRST = 65_536;
/** Kind, items, status, and the length of the body. */
const HEAD_BYTES = 1 + 4 + 2 + 4;

/**
 * Answers in the order they came, kept outside the heap. As objects, of which every one stays, they would be copied by one
 * garbage collection after the other, and a pause of the generator counts as one of the server.
 */
export class AnswerTape {
  readonly #reels: Reel[] = [];
  #latenciesMs = new Float64Array(LATENCIES_AT_FIRST);
  #answers = 0;
  #latencies = 0;

  /** How many there are. */
  get answers(): number {
    return this.#answers;
  }

  latenciesMs(): Float64Array {
    return this.#latenciesMs.slice(0, this.#latencies);
  }

  /** `body` has one byte for each character. */
  add({ kind, items, status, body }: TapedAnswer): void {
    const reel = this.#reelWithRoomFor(HEAD_BYTES + body.length);
    const { bytes, end } = reel;
    bytes.writeUInt8(KINDS.indexOf(kind), end);
    bytes.writeUInt32LE(items, end + 1);
    bytes.writeUInt16LE(status, end + 5);
    bytes.writeUInt32LE(body.length, end + 7);
    reel.end = end + HEAD_BYTES + bytes.write(body, end + HEAD_BYTES, 'latin1');
    this.#answers += 1;
  }

  addLatency(latencyMs: number): void {
    if (this.#latencies === this.#latenciesMs.length) {
      const larger = new Float64Array(2 * this.#latencies);
      larger.set(this.#latenciesMs);
      this.#latenciesMs = larger;
    }
    this.#latenciesMs[this.#latencies] = latencyMs;
    this.#latencies += 1;
  }

  *read(): Generator<TapedAnswer> {
    for (const { bytes, end } of this.#reels) {
      for (let at = 0; at < end; ) {
        const bodyAt = at + HEAD_BYTES;
        const bodyEnd = bodyAt + bytes.readUInt32LE(at + 7);
        yield {
          kind: KINDS[bytes.readUInt8(at)] as TapedAnswer['kind'],
          items: bytes.readUInt32LE(at + 1),
          status: bytes.readUInt16LE(at + 5),
          body: bytes.toString('latin1', bodyAt, bodyEnd),
        };
        at = bodyEnd;
      }
    }
  }

  #reelWithRoomFor(size: number): Reel {
    const last = this.#reels.at(-1);
    if (last !== undefined && last.end + size <= last.bytes.length) return last;
    const reel = { bytes: Buffer.allocUnsafeSlow(Math.max(size, REEL_BYTES)), end: 0 };
    this.#reels.push(reel);
    return reel;
  }
}
