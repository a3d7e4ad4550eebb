import type { ServiceOptions } from './service.ts';

/** A command line that can be pasted into a shell, for the same service with the same key. */
export function shellCommand(words: readonly string[], { url, apiKeyFile }: ServiceOptions): string {
  const options = [
    ...(url === undefined ? [] : ['--url', url]),
    ...(apiKeyFile === undefined ? [] : ['--api-key-file', apiKeyFile]),
  ];
  return ['user-balance', ...words, ...options].map(shellWord).join(' ');
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
