import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const folder = new URL('../../src/client/', import.meta.url);
const files = readdirSync(folder);

describe('the sources of the client', () => {
  it.each(files)('%s: imports nothing but its neighbours, so that it runs wherever fetch does', (file) => {
    const source = readFileSync(new URL(file, folder), 'utf8');
    const imported = [...source.matchAll(/(?:^import .*|^export .*|^} )from '([^']+)';$|import\('([^']+)'/gm)].map(
      ([, name, dynamic]) => name ?? dynamic,
    );
    expect(imported.filter((name) => !files.some((neighbour) => name === `./${neighbour}`))).toEqual([]);
    expect(source).not.toMatch(/\bprocess\.|\bBuffer\b/);
  });
});
