import { isLoopback } from './exposure.ts';

const HOST = /^(\[[0-9a-f:.]+\]|[^:[\]@/?#]+)(?::\d{0,5})?$/i;
const ORIGIN = /^https?:\/\/(.+)$/i;

/**
 * Tells whether a request names this machine as this machine. Where nobody is asked for credentials, a page in the
 * operator's browser could otherwise reach the service under a name of its own that leads here (DNS rebinding).
 *
 * The last good Host is kept, so that the usual request costs one comparison.
 */
export class LocalCallers {
  #lastGoodHost = 'localhost';

  /**
   * `host`: undefined only where HTTP does not ask for it. `origin`: undefined from whatever is no browser, and from a
   * browser that only fetches, such as an image; `fetchSite`, its Sec-Fetch-Site, then tells whose page wants it.
   */
  isLocal(host: string | undefined, origin: string | undefined, fetchSite: string | undefined): boolean {
    if (host !== undefined && host !== this.#lastGoodHost) {
      if (!isLocalAuthority(host)) return false;
      this.#lastGoodHost = host;
    }
    if (origin === undefined) return fetchSite !== 'cross-site';
    return isLocalAuthority(ORIGIN.exec(origin)?.[1] ?? '');
  }
}

function isLocalAuthority(authority: string): boolean {
  const name = HOST.exec(authority)?.[1] ?? '';
  return isLoopback(name.startsWith('[') ? name.slice(1, -1) : name);
}
