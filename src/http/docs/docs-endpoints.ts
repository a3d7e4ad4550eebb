import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Endpoint, HttpContext } from '../context.ts';
import { createPublicFileEndpoint, type PublicFile, publicFile } from '../public-file.ts';
import { INITIALIZER, PAGE, PAGE_POLICY } from './page.ts';

const JAVASCRIPT = 'text/javascript; charset=utf-8';
const CSS = 'text/css; charset=utf-8';

/** Loaded when it is asked for: with zod it takes a process 0.15 s and 20 MB, which most workers never need. */
async function openApiDocument(): Promise<PublicFile> {
  const { createDocument } = await import('../openapi/document.ts');
  return publicFile('application/json', JSON.stringify(createDocument()));
}

/** A file of the package of Swagger UI, which works offline. */
async function swaggerUi(name: string, contentType: string): Promise<PublicFile> {
  const root = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  return publicFile(contentType, await readFile(join(root, name)));
}

const files: Readonly<Record<string, () => Promise<PublicFile>>> = {
  '/openapi.json': openApiDocument,
  '/docs': async () => publicFile('text/html; charset=utf-8', PAGE, ['Content-Security-Policy', PAGE_POLICY]),
  '/docs/initializer.js': async () => publicFile(JAVASCRIPT, INITIALIZER),
  '/docs/swagger-ui-bundle.js': () => swaggerUi('swagger-ui-bundle.js', JAVASCRIPT),
  '/docs/swagger-ui.css': () => swaggerUi('swagger-ui.css', CSS),
};

/**
 * The description of the interface, by path. Anybody may read it, without credentials: the sources are public too, and it
 * says nothing about this service but its version.
 */
export function createDocsEndpoints(context: HttpContext): ReadonlyMap<string, Endpoint> {
  return new Map(Object.entries(files).map(([path, load]) => [path, createPublicFileEndpoint(context, load)]));
}
