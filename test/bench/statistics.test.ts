import { describe, expect, it } from 'vitest';
import { percentile, spreadOf } from '../../bench/statistics.ts';

describe('the spread of runs', () => {
  it('has the middle run as its median when their number is odd', () => {
    expect(spreadOf([30, 9, 100])).toEqual({ median: 30, min: 9, max: 100 });
  });

  it('has the mean of the two middle runs when it is even', () => {
    expect(spreadOf([4, 1, 3, 100])).toEqual({ median: 3.5, min: 1, max: 100 });
  });

  it('is one number after one run', () => {
    expect(spreadOf([7])).toEqual({ median: 7, min: 7, max: 7 });
  });
});

describe('a percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  it('is the smallest value that its share does not exceed', () => {
    expect(percentile(hundred, 0.5)).toBe(50);
    expect(percentile(hundred, 0.99)).toBe(99);
    expect(percentile(hundred, 1)).toBe(100);
  });

  it('is the only value of one', () => {
    expect(percentile([3], 0.99)).toBe(3);
  });
});
