import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INTEGER_MAX } from '../../src/domain/operation.ts';
import { bigintArray, uuidArray } from '../../src/store/array-parameters.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();

/** What PostgreSQL makes of an array, as text. */
async function readBack(type: 'bigint[]' | 'uuid[]', array: Buffer): Promise<readonly string[]> {
  const [row] = await database.query<{ read: readonly string[] }>(`select ($1::${type})::text[] as read`, [array]);
  if (row === undefined) throw new Error('no row');
  return row.read;
}

describe('arrays in binary form', () => {
  it('carry every integer that the service knows, of either sign', async () => {
    const values = [0, 1, -1, 2 ** 31, -(2 ** 31) - 1, 2 ** 32 - 1, 2 ** 32, -(2 ** 32), INTEGER_MAX, -INTEGER_MAX];
    expect(await readBack('bigint[]', bigintArray(values))).toEqual(values.map(String));
  });

  it('carry any integers and any ids', async () => {
    const integers = fc.array(fc.maxSafeInteger(), { maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(integers, fc.array(fc.uuid(), { maxLength: 300 }), async (values, ids) => {
        expect(await readBack('bigint[]', bigintArray(values))).toEqual(values.map(String));
        expect(await readBack('uuid[]', uuidArray(ids))).toEqual(ids);
      }),
      { numRuns: 50 },
    );
  });

  it('take ids in capitals for what they are', async () => {
    const id = '0198F2A0-BCDE-7F01-89AB-CDEF01234567';
    expect(await readBack('uuid[]', uuidArray([id]))).toEqual([id.toLowerCase()]);
  });

  it('may be empty', async () => {
    expect(await readBack('bigint[]', bigintArray([]))).toEqual([]);
    expect(await readBack('uuid[]', uuidArray([]))).toEqual([]);
  });
});
