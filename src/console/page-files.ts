import { readFile } from 'node:fs/promises';
import type { Endpoint, HttpContext } from '../http/context.ts';
import { createPublicFileEndpoint, publicFile } from '../http/public-file.ts';

/** The page may load what is served here and ask this listener, nothing else, and nobody may frame it. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const TYPES = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
} as const;

/** The files of the page by their names; those beside the page are served below its address. */
const NAMES = [
  'index.html',
  'icon.svg',
  'console.css',
  'theme.js',
  'console.js',
  'access-key.js',
  'chart.js',
  'connection.js',
  'dom.js',
  'entries.js',
  'event-list.js',
  'format.js',
  'hot-users.js',
  'look-up.js',
  'scale.js',
  'state.js',
  'traffic.js',
  'workers.js',
];

/** Beside this module, in the sources and in `dist` alike: the build copies them. */
const folder = new URL('./page/', import.meta.url);

/**
 * The page of the console, by path. Anybody who reaches the listener may have it, without credentials: it is the same
 * everywhere, and what it shows it has to ask for.
 */
export function createPageEndpoints(context: Pick<HttpContext, 'log'>): ReadonlyMap<string, Endpoint> {
  return new Map(
    NAMES.map((name) => {
      const type = TYPES[name.slice(name.lastIndexOf('.') + 1) as keyof typeof TYPES];
      const more = ['Content-Security-Policy', POLICY, 'Referrer-Policy', 'no-referrer'];
      const load = async () => publicFile(type, await readFile(new URL(name, folder)), more);
      const path = name === 'index.html' ? '/console' : `/console/${name}`;
      return [path, createPublicFileEndpoint(context, load)];
    }),
  );
}
