import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningConsole, runConsole } from './running-console.ts';

const folder = new URL('../../src/console/page/', import.meta.url);
const files = readdirSync(folder).filter((name) => name !== 'tsconfig.json');
const pathOf = (name: string) => (name === 'index.html' ? '/console' : `/console/${name}`);

let console: RunningConsole;
beforeEach(async () => {
  console = await runConsole();
});
afterEach(() => console.close());

describe('the page of the console', () => {
  it.each(files)('is served with %s, which may not be framed, sniffed or kept without asking', async (name) => {
    const answer = await fetch(`${console.url}${pathOf(name)}`);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe(readFileSync(new URL(name, folder), 'utf8'));
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('cache-control')).toBe('no-cache');
    const policy = answer.headers.get('content-security-policy')?.split('; ') ?? [];
    expect(policy).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]),
    );
    expect(policy.join(' ')).not.toMatch(/unsafe|data:|https?:|\*/);
  });

  it('has no script, style or handler in it that its policy would refuse', () => {
    const page = readFileSync(new URL('index.html', folder), 'utf8');
    expect(page).not.toMatch(/<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)/i);
  });

  it('names no other place', () => {
    for (const name of files) {
      const addresses =
        readFileSync(new URL(name, folder), 'utf8').match(/\b(?:https?:)?\/\/[a-z0-9.-]+\.[a-z]{2,}/gi) ?? [];
      expect(addresses.filter((address) => !address.endsWith('//www.w3.org'))).toEqual([]);
    }
  });

  it('takes no query', async () => {
    expect((await fetch(`${console.url}/console?x=1`)).status).toBe(400);
  });
});
