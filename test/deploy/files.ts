import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';

/** The address of a file of the project. */
export const pathOf = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));

export const textOf = (name: string): string => readFileSync(pathOf(name), 'utf8');

export const filesIn = (folder: string): readonly string[] => readdirSync(pathOf(folder));

// Written for tests that look at a few members each; what is not there is undefined and fails the comparison.
// biome-ignore lint/suspicious/noExplicitAny: a file may have any shape
export const yamlOf = (name: string): any => parse(textOf(name));

/** All documents of a file. Throws where one is not valid YAML, or has a member twice. */
export function documentsOf<T>(name: string): readonly T[] {
  return parseAllDocuments(textOf(name)).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new Error(`${name}: ${error.message}`);
    return document.toJS() as T;
  });
}
