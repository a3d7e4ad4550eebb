import { describe, expect, it } from 'vitest';
import type { UserId } from '../../src/domain/operation.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { UserIds } from '../../src/store/user-ids.ts';
import { systemClock } from '../../src/time/clock.ts';
import { silentLog } from '../support/silent-log.ts';

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

type Reader = ReturnType<typeof aSequence>['reader'];
const idsOf = (reader: Reader) => new UserIds({ reader, clock: systemClock, log: silentLog });
const soon = () => systemClock.now() + 200;
const nextOf = (userIds: UserIds, count: number) =>
  Promise.all(Array.from({ length: count }, () => userIds.next(soon())));
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('user ids', () => {
  it('are given out in order, as many in a statement as are waited for', async () => {
    const { asked, reader } = aSequence();
    expect(await nextOf(idsOf(reader), 2500)).toEqual(upTo(2500));
    expect(asked).toEqual([1, 1000, 1000, 499]);
  });

  it('are asked for again when fewer were free than were wanted', async () => {
    const { asked, reader } = aSequence(2);
    expect(await nextOf(idsOf(reader), 6)).toEqual(upTo(6));
    expect(asked).toEqual([1, 5, 3, 1]);
  });

  it('are waited for while the database is away, until the deadline', async () => {
    const { reader } = aSequence();
    let isAway = true;
    const userIds = idsOf({
      allocateUserIds: async (count) => {
        if (isAway) throw new StoreError('unknown', 'planned');
        return reader.allocateUserIds(count);
      },
    });
    const patient = userIds.next(systemClock.now() + 5000);
    expect(await userIds.next(soon())).toBeNull();
    isAway = false;
    expect(await patient).toBe(1);
  });

  it('are not taken for those whose deadline has passed', async () => {
    const { asked, reader } = aSequence();
    let answer = (): void => undefined;
    const userIds = idsOf({
      allocateUserIds: async (count) => {
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
        return reader.allocateUserIds(count);
      },
    });
    const late = nextOf(userIds, 50);
    expect(await late).toEqual(Array(50).fill(null));
    const inTime = userIds.next(systemClock.now() + 5000);
    answer();
    expect(await inTime).toBe(1);
    expect(asked).toEqual([1]);
  });
});
