import { describe, expect, it } from 'vitest';
import type { UserId } from '../../src/domain/operation.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { UserIds } from '../../src/store/user-ids.ts';

/** Ids from 1 on, at most `most` in one answer. */
function aSequence(most = 1000) {
  const asked: number[] = [];
  let last = 0;
  const reader = {
    allocateUserIds: async (count: number) => {
      asked.push(count);
      return Array.from({ length: Math.min(count, most) }, () => {
        last += 1;
        return last as UserId;
      });
    },
  };
  return { asked, reader };
}

const nextOf = (userIds: UserIds, count: number) => Promise.all(Array.from({ length: count }, () => userIds.next()));
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('user ids', () => {
  it('are given out in order, as many in a statement as are waited for', async () => {
    const { asked, reader } = aSequence();
    expect(await nextOf(new UserIds(reader), 2500)).toEqual(upTo(2500));
    expect(asked).toEqual([1, 1000, 1000, 499]);
  });

  it('are asked for again when fewer were free than were wanted', async () => {
    const { asked, reader } = aSequence(2);
    expect(await nextOf(new UserIds(reader), 6)).toEqual(upTo(6));
    expect(asked).toEqual([1, 5, 3, 1]);
  });

  it('fail for those who waited for the statement that failed, and come again for the next', async () => {
    const { reader } = aSequence();
    let failures = 1;
    const userIds = new UserIds({
      allocateUserIds: async (count) => {
        failures -= 1;
        if (failures >= 0) throw new StoreError('unknown', 'planned');
        return reader.allocateUserIds(count);
      },
    });
    await expect(userIds.next()).rejects.toThrow('planned');
    expect(await userIds.next()).toBe(1);
  });

  it('are refused beyond a bound of those who wait', async () => {
    const userIds = new UserIds({ allocateUserIds: () => new Promise(() => undefined) });
    for (let index = 0; index <= 16_384; index += 1) void userIds.next();
    await expect(userIds.next()).rejects.toThrow('too many wait');
  });
});
