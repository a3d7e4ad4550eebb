import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect, vi } from 'vitest';

/** For a person to look at; not kept in the repository. */
const folder = fileURLToPath(new URL('screenshots/', import.meta.url));

/** A page of the console, and everything it should not do. */
export interface ConsolePage {
  readonly page: Page;
  /** What Chromium has written on its console, and what was thrown. */
  readonly errors: string[];
  /** Addresses that were asked for elsewhere. */
  readonly foreign: string[];
}

export async function openConsole(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<ConsolePage> {
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 }, ...options });
  const page = await context.newPage();
  const errors: string[] = [];
  const foreign: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${url}/`)) foreign.push(request.url());
  });
  await page.goto(`${url}/console`);
  return { page, errors, foreign };
}

export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}${name}.png`, fullPage: true });
}

/** Fails with what axe has found, and where. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
  expect(found).toEqual([]);
}

/** The number that an element shows; NaN while it shows none. */
export async function numberIn(page: Page, selector: string): Promise<number> {
  const text = await page.locator(selector).innerText();
  return Number(text.replaceAll(',', ''));
}

/** Waits until the page says that of the service; its words may also stand elsewhere on it, such as among the last faults. */
export function waitForState(page: Page, text: string): Promise<void> {
  return page.locator('#state', { hasText: text }).waitFor();
}

/** Waits until `holds`; the policy of the page forbids what playwright would evaluate in it again and again. */
export function waitUntil(holds: () => Promise<boolean>): Promise<boolean> {
  return vi.waitUntil(holds, { timeout: 15_000, interval: 50 });
}
