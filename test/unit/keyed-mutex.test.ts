import { describe, expect, it } from 'vitest';
import { KeyedMutex } from '../../src/owner/keyed-mutex.ts';

describe('KeyedMutex', () => {
  it('runs the tasks of one key one after the other, in the order they came', async () => {
    const mutex = new KeyedMutex<string>();
    const seen: string[] = [];
    const task = (name: string) => async () => {
      seen.push(`${name} begins`);
      await new Promise(setImmediate);
      seen.push(`${name} ends`);
    };
    await Promise.all(['a', 'b', 'c'].map((name) => mutex.runExclusive('key', task(name))));
    expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('lets another key go on while one is held', async () => {
    const mutex = new KeyedMutex<string>();
    let release = (): void => undefined;
    const held = mutex.runExclusive('a', () => new Promise<void>((resolve) => (release = resolve)));
    await expect(mutex.runExclusive('b', async () => 'done')).resolves.toBe('done');
    release();
    await held;
  });

  it('drops a key that nobody holds or waits for, also after a failure', async () => {
    const mutex = new KeyedMutex<string>();
    const failing = mutex.runExclusive('a', () => Promise.reject(new Error('broken')));
    const waiting = mutex.runExclusive('a', async () => mutex.size);
    await expect(failing).rejects.toThrow('broken');
    await expect(waiting).resolves.toBe(1);
    expect(mutex.size).toBe(0);
  });
});
