import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFirstUser } from '../../src/store/first-user.ts';
import { useDatabase } from '../support/database.ts';
import { Service } from '../support/service.ts';
import { shellBlocksOf } from './shell-commands.ts';

/** Page, section, and the fewest commands it has. Both begin with the first start of a service. */
const TOURS = [
  ['README.md', 'Try it', 3],
  ['docs/http.md', 'A tour with curl', 12],
] as const;

/** What differs from one run to the next. */
const masked = (text: string) =>
  text
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/^Date: .*$/m, 'Date: TIME')
    .replaceAll('\r', '')
    .trim();

describe.each(TOURS)('the commands of %s, "%s"', (file, heading, least) => {
  const database = useDatabase();
  const tour = shellBlocksOf(file).filter(({ section }) => section === heading);
  let service: Service;

  beforeAll(async () => {
    await createFirstUser(database.url, 10_000);
    service = await new Service({ databaseUrl: database.url, workers: 1 }).whenReady();
  });
  afterAll(() => service.end('SIGKILL'));

  function run(text: string) {
    const script = text.replaceAll('http://127.0.0.1:3000', service.url);
    return spawnSync('bash', ['-euo', 'pipefail', '-c', script], { encoding: 'utf8', timeout: 10_000 }).stdout;
  }

  it('have their answers', () => {
    expect(tour.length).toBeGreaterThanOrEqual(least);
    expect(tour.filter(({ output }) => output === null)).toEqual([]);
  });

  it.each(tour.map(({ text, output }) => [text.trim(), output] as const))('%s answers as it says', (text, output) => {
    // "Send this twice": what is shown is the second answer.
    if (text.includes('order-1842')) run(text);
    const answer = masked(run(text));
    if (output?.language === 'json') expect(JSON.parse(answer)).toEqual(JSON.parse(masked(output.text)));
    else expect(answer).toBe(masked(output?.text ?? ''));
  });
});
