import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, FrameDecoder } from '../../src/routing/frames.ts';

describe('FrameDecoder', () => {
  it('puts frames together however the stream was cut', () => {
    const frames = fc.array(fc.array(fc.jsonValue(), { maxLength: 4 }), { minLength: 1, maxLength: 5 });
    const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(frames, cuts, (sent, sizes) => {
        const stream = Buffer.concat(sent.map(encodeFrame));
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

  it('refuses a length that no frame has', () => {
    expect(() => new FrameDecoder().push(Buffer.from([0xff, 0xff, 0xff, 0xff]))).toThrow(RangeError);
  });
});
