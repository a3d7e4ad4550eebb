import { describe, expect, it } from 'vitest';
import { OpenLoopSchedule } from '../../bench/stream/open-loop-schedule.ts';

describe('the schedule of an open loop', () => {
  it('has a request due at each interval, from the start', () => {
    const schedule = new OpenLoopSchedule(100, 1000);
    expect(schedule.take(0)).toBe(0);
    expect(schedule.take(9.9)).toBeNull();
    expect(schedule.take(10)).toBe(10);
    expect(schedule.take(10)).toBeNull();
  });

  it('keeps the times at which requests were due during a stall', () => {
    const schedule = new OpenLoopSchedule(100, 1000);
    const taken = Array.from({ length: 5 }, () => schedule.take(35));
    expect(taken).toEqual([0, 10, 20, 30, null]);
  });

  it('is over when all of them have been taken, and not before', () => {
    const schedule = new OpenLoopSchedule(1000, 3);
    const taken = Array.from({ length: 3 }, () => [schedule.isOver, schedule.take(50)]);
    expect(taken).toEqual([
      [false, 0],
      [false, 1],
      [false, 2],
    ]);
    expect(schedule.isOver).toBe(true);
    expect(schedule.take(50)).toBeNull();
  });

  it('has one request at least, however low the rate is', () => {
    const schedule = new OpenLoopSchedule(0.1, 1000);
    expect(schedule.take(0)).toBe(0);
    expect(schedule.isOver).toBe(true);
  });
});
