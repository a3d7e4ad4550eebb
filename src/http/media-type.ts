import type { IncomingMessage } from 'node:http';

const JSON_TYPE = /^application\/json(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?$/i;

/** Says what is wrong with the media type or coding of a body that must be plain JSON, or null. */
export function findMediaDefect(request: IncomingMessage): string | null {
  const { headers } = request;
  const type = headers['content-type'];
  if (type !== 'application/json' && (type === undefined || !JSON_TYPE.test(type))) {
    return 'The Content-Type must be application/json, with no parameter but charset=utf-8.';
  }
  const coding = headers['content-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'identity') return 'The body must not have a Content-Encoding.';
  return null;
}
