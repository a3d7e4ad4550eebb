import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AccessGate } from '../../src/access/gate.ts';
import { ConsoleFeed } from '../../src/console/console-feed.ts';
import type { Snapshot } from '../../src/console/snapshot.ts';
import { systemClock } from '../../src/time/clock.ts';
import { aKey } from '../access/keys.ts';
import { answerForAccount } from '../console/fake-account.ts';
import { aBusySecond, anIdleSecond, aRandom } from '../console/fake-snapshots.ts';
import { type RunningConsole, type RunningConsoleOptions, runConsole, runFakeApi } from '../console/running-console.ts';
import { silentLog } from '../support/silent-log.ts';
import { launchChromium } from './chromium.ts';
import {
  type ConsolePage,
  expectAccessible,
  numberIn,
  openConsole,
  screenshot,
  waitForState,
  waitUntil,
} from './console-page.ts';

const BEFORE_S = 130;
const FOCUSED = `(({ ariaLabel, labels, textContent }) => ({ ariaLabel, text: labels?.[0]?.textContent ?? textContent }))(document.activeElement)`;

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

const releases: (() => unknown)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0).toReversed()) await release();
});

/** A console whose seconds are made by `second`, with two minutes behind it. */
async function run(second: (atMs: number, index: number) => Snapshot, options: RunningConsoleOptions = {}) {
  const feed = new ConsoleFeed();
  let index = 0;
  const publish = (atMs: number) => feed.publish(second(atMs, index++));
  const nowMs = Date.now();
  for (let before = BEFORE_S; before >= 0; before -= 1) publish(nowMs - before * 1000);
  const timer = setInterval(() => publish(Date.now()), 1000);
  const api = await runFakeApi(answerForAccount);
  const console = await runConsole({ feed, target: api.target, ...options });
  releases.push(
    () => api.close(),
    () => clearInterval(timer),
    () => console.close(),
  );
  return console;
}

function busy(fields: Partial<Snapshot> = {}) {
  const random = aRandom();
  return (atMs: number, index: number) => aBusySecond(atMs, random, index, fields);
}

async function open(
  { url }: Pick<RunningConsole, 'url'>,
  options: Parameters<typeof openConsole>[2] = {},
): Promise<ConsolePage> {
  const opened = await openConsole(browser, url, options);
  releases.push(() => opened.page.context().close());
  return opened;
}

const LOOKS = [
  ['dark', { colorScheme: 'dark' }],
  ['light', { colorScheme: 'light' }],
  ['phone-dark', { colorScheme: 'dark', viewport: { width: 360, height: 780 } }],
  ['phone-light', { colorScheme: 'light', viewport: { width: 360, height: 780 } }],
] as const;

describe('the page of the console', () => {
  it.each(LOOKS)('passes axe in %s, with a user and with the form for a key, and fits', async (name, options) => {
    const { page, errors, foreign } = await open(await run(busy()), options);
    await waitForState(page, 'Serving');
    await page.getByRole('button', { name: /^User 17 / }).click();
    await page.locator('#page-text', { hasText: 'Versions 1,744 to 1,735' }).waitFor();
    await screenshot(page, name);
    await page.getByRole('button', { name: 'API key' }).click();
    await expectAccessible(page);
    const excess = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(excess, 'nothing lies beside the screen').toBe(0);
    expect([errors, foreign]).toEqual([[], []]);
  });

  it('has charts of the last two minutes as soon as it opens', async () => {
    const { page } = await open(await run(busy()));
    await waitForState(page, 'Serving');
    const path = await page.locator('#changes-chart path.line[data-series=accepted]').getAttribute('d');
    expect(path?.split('L').length).toBeGreaterThan(100);
    expect(await page.getByRole('img', { name: /^Changes per second over the last 2 minutes/ }).count()).toBe(1);
  });

  it.each([
    ['starting', 'Starting', 'not every slot has had an owner'],
    ['impaired', 'Impaired', 'A slot has no owner'],
    ['standing_by', 'Standing by', 'Another launcher serves this database'],
    ['draining', 'Draining', 'takes no more requests'],
  ] as const)('says what it means that the service is %s', async (state, pill, notice) => {
    const service = { state, startedAtMs: Date.now() - 9000, isMetered: true };
    const workers = [{ ...anIdleSecond(0).workers[0], state: 'standing_by' }] as Snapshot['workers'];
    const { page } = await open(await run((atMs) => anIdleSecond(atMs, { service, workers })));
    await waitForState(page, pill);
    await page.locator('#notice', { hasText: notice }).waitFor();
    await screenshot(page, state);
  });

  it('says so when nothing is counted, and is quiet when nothing happens', async () => {
    const service = { state: 'serving', startedAtMs: 0, isMetered: false } as const;
    const { page } = await open(await run((atMs) => anIdleSecond(atMs, { service })));
    await page.getByText('METRICS=off').waitFor();
    await page.getByText("Nobody's balance is being changed.").waitFor();
    await screenshot(page, 'idle');
    await expectAccessible(page);
  });

  it('says since when it is disconnected, greys what is old, tries again by itself, and goes on', async () => {
    const console = await run(busy());
    const { page } = await open(console, { colorScheme: 'dark' });
    await waitForState(page, 'Serving');
    console.close();
    await page.getByText(/^Disconnected since \d\d:\d\d:\d\d, for \d+ s\.$/).waitFor();
    await page.getByText(/Trying again in \d+ s\./).waitFor();
    expect(await page.locator('#state').innerText()).toBe('Disconnected');
    expect(await page.locator('#database').innerText()).toBe('Database unknown');
    const filter = `getComputedStyle(document.getElementById('changes-chart')).filter`;
    expect(await page.evaluate(filter)).toBe('grayscale(1)');
    await screenshot(page, 'disconnected');
    await expectAccessible(page);
    await run(busy(), { port: console.port });
    await waitForState(page, 'Serving');
    expect(await page.locator('#lost').isVisible()).toBe(false);
  });

  it('notices a service that is still connected and says nothing any more', async () => {
    let isSilent = false;
    const feed = new ConsoleFeed();
    const timer = setInterval(() => !isSilent && feed.publish(anIdleSecond(Date.now())), 200);
    const console = await runConsole({ feed });
    releases.push(
      () => console.close(),
      () => clearInterval(timer),
    );
    const { page } = await open(console);
    await waitForState(page, 'Serving');
    isSilent = true;
    await page.getByText(/^Disconnected since/).waitFor({ timeout: 10_000 });
  });

  it('can be used with the keyboard alone', async () => {
    const { page } = await open(await run(busy()));
    await waitForState(page, 'Serving');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the look-up of a user');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.type('23');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'User 23' }).waitFor();
    expect(await numberIn(page, '#balance')).toBe(6512);
    expect(await page.getByRole('status').innerText()).toBe('User 23 has a balance of 6,512.');
    for (const name of ['Look up', 'Follow, every 2 s', 'Entries of the user', 'Older']) {
      await page.keyboard.press('Tab');
      const { ariaLabel, text } = await page.evaluate<{ ariaLabel: string | null; text: string }>(FOCUSED);
      expect(ariaLabel ?? text.trim()).toBe(name);
    }
    await page.keyboard.press('Enter');
    await page.locator('#page-text', { hasText: 'Versions 1,734 to 1,725' }).waitFor();
    await page.getByRole('button', { name: 'Newer' }).press('Enter');
    await page.locator('#page-text', { hasText: 'Versions 1,744 to 1,735' }).waitFor();
  });

  it('keeps the order of the hottest users while somebody is choosing one', async () => {
    const users = [5, 6, 7];
    const rotated = (index: number) => users.map((_, place) => users[(place + index) % users.length] as number);
    const hottestOf = (index: number) =>
      rotated(index).map((userId, place) => ({ userId, changesPerS: 90 - 10 * place }));
    const { page } = await open(await run((atMs, index) => anIdleSecond(atMs, { hottest: hottestOf(index) })));
    const names = () => page.locator('.hot-name').allInnerTexts();
    await page.locator('.hot-name').first().waitFor();
    const before = await names();
    await waitUntil(async () => (await names())[0] !== before[0]);
    await page.locator('.hot-row').nth(1).focus();
    const held = await names();
    await page.waitForTimeout(2500);
    expect(await names()).toEqual(held);
  });

  it('tells what is wrong with an id, and that there is no such user', async () => {
    const { page, errors } = await open(await run(busy()));
    const find = async (id: string) => {
      await page.getByLabel('User id').fill(id);
      await page.getByRole('button', { name: 'Look up' }).click();
    };
    await find('007');
    await page.locator('#user-problem', { hasText: 'A user id is an integer' }).waitFor();
    await find('404');
    await page.locator('#user-problem', { hasText: 'There is no such user.' }).waitFor();
    await expectAccessible(page);
    expect(errors).toEqual([]);
  });

  it('asks for a key where one is needed, and keeps it in memory only', async () => {
    const { key, record } = aKey({ id: 'reader', scopes: ['metrics:read', 'balance:read'] });
    const gate = new AccessGate({
      credentials: { apiKeys: [record], issuer: null },
      rateLimit: null,
      isLocalOnly: true,
      salt: '',
      clock: systemClock,
      log: silentLog,
    });
    const { page } = await open(await run(busy(), { gate }));
    await page.locator('#key-title', { hasText: 'The service asks for an API key.' }).waitFor();
    await screenshot(page, 'key-needed');
    await expectAccessible(page);
    await page.keyboard.type('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('The key or token is not accepted').waitFor();
    await page.getByLabel('The service asks for an API key.').fill(key);
    await page.getByRole('button', { name: 'Use it' }).click();
    await waitForState(page, 'Serving');
    const kept = await page.evaluate(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])',
    );
    expect(kept).not.toContain(key);
    expect(await page.content()).not.toContain(key);
  });

  it('shows a refusal that was recorded as what it is', async () => {
    const { page } = await open(await run(busy()));
    await page.getByLabel('User id').fill('5');
    await page.getByRole('button', { name: 'Look up' }).click();
    const row = page.getByRole('row', { name: /^1,740 / });
    expect(await row.getByRole('cell').nth(1).innerText()).toBe('refused −20,000');
  });

  it('remembers the colours that were chosen', async () => {
    const { page } = await open(await run(busy()), { colorScheme: 'light' });
    const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await ground();
    await page.getByRole('button', { name: 'Colours: Auto' }).click();
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.reload();
    expect(await ground()).toBe(dark);
    await page.getByRole('button', { name: 'Colours: Dark' }).click();
    expect(await ground()).toBe(light);
  });
});
