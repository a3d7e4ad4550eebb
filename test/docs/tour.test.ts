import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFirstUser } from '../../src/store/first-user.ts';
import { useDatabase } from '../support/database.ts';
import { Service } from '../support/service.ts';
import { shellBlocksOf } from './shell-commands.ts';

const database = useDatabase();
let service: Service;

beforeAll(async () => {
  await createFirstUser(database.url, 10_000);
  service = await new Service({ databaseUrl: database.url, workers: 1 }).whenReady();
});
afterAll(() => service.end('SIGKILL'));

const tour = shellBlocksOf('README.md').filter(({ section }) => section === 'A tour with curl');

const run = (text: string) => {
  const { stdout } = spawnSync(
    'bash',
    ['-euo', 'pipefail', '-c', text.replaceAll('http://127.0.0.1:3000', service.url)],
    {
      encoding: 'utf8',
      timeout: 10_000,
    },
  );
  return stdout;
};

/** What differs from one run to the next. */
const masked = (text: string) =>
  text
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/^Date: .*$/m, 'Date: TIME')
    .replaceAll('\r', '')
    .trim();

describe('the tour of the README', () => {
  it('has commands with their answers', () => {
    expect(tour.length).toBeGreaterThan(10);
    expect(tour.filter(({ output }) => output === null)).toEqual([]);
  });

  it.each(tour.map(({ text, output }) => [text.trim(), output] as const))('%s answers as it says', (text, output) => {
    // "Send this twice": what is shown is the second answer.
    if (text.includes('order-1842') && output?.language === '') run(text);
    const answer = masked(run(text));
    if (output?.language === 'json') expect(JSON.parse(answer)).toEqual(JSON.parse(masked(output.text)));
    else expect(answer).toBe(masked(output?.text ?? ''));
  });
});
