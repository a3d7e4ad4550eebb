import { describe, expect, it } from 'vitest';
import { readAnswers, readConstantAnswers } from '../../bench/answers.ts';
import { acceptance, loadOf, refusal } from './load-results.ts';

/** Six withdrawals of 2 from a user who owns 6, as they should be answered. */
const right = [acceptance(4), acceptance(0), refusal, acceptance(2), refusal, refusal];
const disagreementsOf = (answers: typeof right, errors = {}) => readAnswers(loadOf(answers, errors), 6).disagreements;

describe('the answers of a run', () => {
  it('agree when half is accepted, each with another balance, and half is refused, in any order', () => {
    expect(disagreementsOf(right)).toEqual([]);
  });

  it('give every accepted balance with its operation', () => {
    const { accepted } = readAnswers(loadOf([acceptance(0, 'a'), refusal]), 2);
    expect(accepted).toEqual([{ balance: 0, operationId: 'a' }]);
  });

  it('disagree when one too many is accepted', () => {
    expect(disagreementsOf(right.with(2, acceptance(0)))).toEqual([
      '4 answers 200, expected 3',
      '2 answers 409, expected 3',
      'the accepted answers do not name each balance from 4 to 0 once',
    ]);
  });

  it('disagree when two accepted answers name the same balance', () => {
    expect(disagreementsOf(right.with(0, acceptance(2)))).toEqual([expect.stringContaining('each balance')]);
  });

  it('disagree when a refusal has another code', () => {
    expect(disagreementsOf(right.with(5, { status: 409, body: { code: 'user_exists' } }))).toEqual([
      'answers 409 with code user_exists',
    ]);
  });

  it('disagree when a refusal is not JSON', () => {
    expect(disagreementsOf(right.with(5, { status: 409, body: '<html>' }))).toEqual([
      'answers 409 with code undefined',
    ]);
  });

  it('disagree when there is any other status', () => {
    expect(disagreementsOf(right.with(5, { status: 503, body: {} }))).toEqual([
      '2 answers 409, expected 3',
      '1 answers 503, expected 0',
    ]);
  });

  it('disagree when an answer is missing', () => {
    expect(disagreementsOf(right.slice(0, 5))).toEqual(['5 answers to 6 requests', '2 answers 409, expected 3']);
  });

  it('disagree when a request failed, even if all were answered in the end', () => {
    expect(disagreementsOf(right, { ECONNRESET: 1 })).toEqual(['1 requests failed: ECONNRESET']);
  });
});

describe('the answers of a server that answers a constant', () => {
  it('agree when all are 200', () => {
    expect(readConstantAnswers(loadOf([acceptance(0), acceptance(0)]), 2)).toEqual([]);
  });

  it('disagree when one is not', () => {
    expect(readConstantAnswers(loadOf([acceptance(0), refusal]), 2)).toEqual([
      '1 answers 200, expected 2',
      '1 answers 409, expected 0',
    ]);
  });
});
