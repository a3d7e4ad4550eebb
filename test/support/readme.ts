import { readFileSync } from 'node:fs';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const SERVICE = 'http://127.0.0.1:3000';

/** The code of the README's section on the client, for a service at `url`. */
export function clientExample(url = SERVICE): string {
  const [, section = ''] = readme.split('\n## Client\n');
  const code = /^```js\n(.*?)^```$/ms.exec(section)?.[1];
  if (code === undefined || !code.includes(SERVICE)) throw new Error('The README has no example of the client');
  return code.replaceAll(SERVICE, url);
}
