import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { useDatabase } from '../support/database.ts';
import { sendChanges } from '../support/load.ts';
import { Service } from '../support/service.ts';
import { launchChromium } from './chromium.ts';
import { expectAccessible, numberIn, openConsole, screenshot, waitForState, waitUntil } from './console-page.ts';

const database = useDatabase();
let browser: Browser;
let service: Service;

beforeAll(async () => {
  browser = await launchChromium();
});
afterEach(() => service.end('SIGKILL'));
afterAll(() => browser.close());

async function launch() {
  service = await new Service({ databaseUrl: database.url, workers: 2 }).whenReady();
  const url = /^Watch it at (http:\/\/\S+)\/console$/m.exec(service.stdout)?.[1] ?? '';
  return openConsole(browser, url, { colorScheme: 'dark' });
}

/** Changes until `stop`; each round takes as much as there is and a little more, so that some are refused. */
function keepBusy(userId: number, count: number) {
  let isStopping = false;
  const done = (async () => {
    while (!isStopping) {
      await sendChanges(service.url, { userId, amount: -1, count, connections: 10 });
      await sendChanges(service.url, { userId, amount: count - 20, count: 1, connections: 1 });
    }
  })();
  return async () => {
    isStopping = true;
    await done;
  };
}

describe('the console of a real service', () => {
  it('moves under load, shows the balance of who is hit most, and tells of the death of a worker', async () => {
    const { page, errors, foreign } = await launch();
    await waitForState(page, 'Serving');
    await page.locator('#database', { hasText: 'Database reachable' }).waitFor();
    expect(await numberIn(page, '#accepted')).toBe(0);

    const userId = await service.createUser(1000);
    const stop = keepBusy(userId, 200);
    await waitUntil(async () => (await numberIn(page, '#accepted')) > 50);
    await waitUntil(async () => (await numberIn(page, '#refused')) > 0);
    const hottest = page.getByRole('button', { name: new RegExp(`^User ${userId} `) });
    await hottest.click();
    await page.getByRole('heading', { name: `User ${userId}` }).waitFor();
    const version = await numberIn(page, '#version');
    await waitUntil(async () => (await numberIn(page, '#version')) > version);
    expect(await numberIn(page, '#p99')).toBeGreaterThan(0);
    expect(await numberIn(page, '#round-size')).toBeGreaterThan(0);
    await screenshot(page, 'real-load');
    await expectAccessible(page);

    process.kill(service.workerPids()[0] as number, 'SIGKILL');
    await page.getByText(/^A worker has died: slot 0, process \d+, SIGKILL\.$/).waitFor();
    await waitForState(page, 'Serving');
    await stop();
    const { body } = await service.get(`/api/users/${userId}/balance`);
    await waitUntil(async () => (await numberIn(page, '#balance')) === body.balance);
    expect([errors, foreign]).toEqual([[], []]);
  });

  it('shows a drain, and then that it is disconnected', async () => {
    const { page } = await launch();
    await waitForState(page, 'Serving');
    // A request that is not complete keeps the drain going for a while.
    const waiting = fetch(`${service.url}/api/users/update-balance`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('{"userId":')) }),
      duplex: 'half',
    } as RequestInit);
    waiting.catch(() => undefined);
    await page.waitForTimeout(300);
    const ended = service.end();
    await waitForState(page, 'Draining');
    await ended;
    await page.getByText(/It was stopping\. What you see below is from then\./).waitFor();
  });
});
