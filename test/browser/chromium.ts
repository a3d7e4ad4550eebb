import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PATH = process.env.CHROMIUM || '/usr/bin/chromium';

/** As quiet as it can be made: it is to talk to the console and to nobody else. */
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The Chromium of the system; playwright-core brings none. */
export function launchChromium(): Promise<Browser> {
  if (!existsSync(PATH)) throw new Error(`There is no Chromium at ${PATH}: install it, or set CHROMIUM to its path.`);
  return chromium.launch({ executablePath: PATH, args: ARGS });
}
