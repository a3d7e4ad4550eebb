import { describe, expect, it } from 'vitest';
import { PROBLEM_CODES } from '../../src/client/problem-codes.ts';
import { PROBLEMS } from '../../src/http/problems.ts';

const statusesOf = (problems: Readonly<Record<string, { readonly status: number }>>) =>
  Object.fromEntries(Object.entries(problems).map(([code, { status }]) => [code, status]));

describe('the client', () => {
  it('knows every problem of the service, by code and status, and no other', () => {
    expect(statusesOf(PROBLEM_CODES)).toEqual(statusesOf(PROBLEMS));
  });
});
