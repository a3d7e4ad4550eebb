/** The longest frame that is taken from a peer, in bytes. */
const FRAME_BYTES_MAX = 32 * 1024 * 1024;
const LENGTH_BYTES = 4;

/** Several messages share a frame up to this length, so that none comes near the longest. */
const FRAME_BYTES_AIM = 1024 * 1024;

/**
 * The messages in as many frames as they need. A frame: its length in 4 bytes, big-endian, then a JSON array of messages
 * in UTF-8. After a reconnection all open operations go at once, and a frame too long would end the connection again.
 */
export function encodeFrames(messages: readonly unknown[]): readonly Buffer[] {
  const text = JSON.stringify(messages);
  if (text.length <= FRAME_BYTES_AIM || messages.length === 1) return [frameOf(text)];
  const middle = messages.length >> 1;
  return [...encodeFrames(messages.slice(0, middle)), ...encodeFrames(messages.slice(middle))];
}

function frameOf(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + length);
  frame.writeUInt32BE(length);
  frame.write(text, LENGTH_BYTES);
  return frame;
}

/** Puts frames together from chunks as they arrive. */
export class FrameDecoder {
  #chunks: Buffer[] = [];
  #bytes = 0;

  /** The messages of each frame that `chunk` completes. Throws on what cannot be a frame. */
  push(chunk: Buffer): readonly (readonly unknown[])[] {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    const frames: (readonly unknown[])[] = [];
    for (let frame = this.#take(); frame !== null; frame = this.#take()) frames.push(frame);
    return frames;
  }

  #take(): readonly unknown[] | null {
    if (this.#bytes < LENGTH_BYTES) return null;
    const head = this.#joinedHead();
    const length = head.readUInt32BE();
    if (length > FRAME_BYTES_MAX) throw new RangeError(`a frame of ${length} bytes is too long`);
    const end = LENGTH_BYTES + length;
    if (this.#bytes < end) return null;
    const all = this.#chunks.length === 1 ? head : Buffer.concat(this.#chunks);
    const rest = all.subarray(end);
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#bytes = rest.length;
    return JSON.parse(all.toString('utf8', LENGTH_BYTES, end)) as readonly unknown[];
  }

  /** The first chunk, made long enough to hold the length. */
  #joinedHead(): Buffer {
    const [first] = this.#chunks;
    if (first !== undefined && first.length >= LENGTH_BYTES) return first;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }
}
