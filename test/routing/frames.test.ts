import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrames, FrameDecoder } from '../../src/routing/frames.ts';

describe('FrameDecoder', () => {
  it('puts frames together however the stream was cut', () => {
    const frames = fc.array(fc.array(fc.jsonValue(), { maxLength: 4 }), { minLength: 1, maxLength: 5 });
    const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(frames, cuts, (sent, sizes) => {
        const stream = Buffer.concat(sent.flatMap(encodeFrames));
        const decoder = new FrameDecoder();
        const received: unknown[] = [];
        let at = 0;
        for (let cut = 0; at < stream.length; cut += 1) {
          const end = at + (sizes[cut % sizes.length] ?? 1);
          received.push(...decoder.push(stream.subarray(at, end)));
          at = end;
        }
        expect(received).toEqual(JSON.parse(JSON.stringify(sent)));
      }),
    );
  });

  it('takes more messages at once than one frame may hold', () => {
    const sent = Array.from({ length: 90_000 }, (_, index) => [index, '"'.repeat(255)]);
    const frames = encodeFrames(sent);
    expect(Math.max(...frames.map((frame) => frame.length))).toBeLessThan(2 * 1024 * 1024);
    const decoder = new FrameDecoder();
    expect(frames.flatMap((frame) => decoder.push(frame)).flat()).toEqual(sent);
  });

  it('refuses a length that no frame has', () => {
    expect(() => new FrameDecoder().push(Buffer.from([0xff, 0xff, 0xff, 0xff]))).toThrow(RangeError);
  });
});
