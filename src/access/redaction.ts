const LENGTH_MAX = 200;
/** Anything that long without a break may be a key, a token or a part of one. */
const LONG_WORD = /[A-Za-z0-9_.~+=%-]{24,}/g;

/** A path for a log line: without its query, without what could be a secret that somebody put into it, and short. */
export function withoutSecrets(path: string): string {
  const end = path.search(/[?#]/);
  return (end === -1 ? path : path.slice(0, end)).replace(LONG_WORD, '[redacted]').slice(0, LENGTH_MAX);
}
