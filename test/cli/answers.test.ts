import { describe, expect, it } from 'vitest';
import { textTable } from '../../src/cli/text-table.ts';
import { changeAnswer } from '../../src/cli/users/adjust-user.ts';
import { creationAnswer } from '../../src/cli/users/create-user.ts';
import { shellCommand } from '../../src/cli/users/shell-command.ts';
import { userAnswer } from '../../src/cli/users/show-user.ts';
import { unsettledAnswer } from '../../src/cli/users/unsettled.ts';
import {
  BalanceClientError,
  type BalanceClientErrorCode,
  type ChangeOutcome,
} from '../../src/client/balance-client.ts';

const about = { userId: 1, amount: -2, balance: 98, version: 2, idempotencyKey: 'k', replayed: false };
const operationId = '01a20524-5a67-7322-b132-575e03a2a361';
const done: ChangeOutcome = { kind: 'done', ...about, operationId };
const refused: ChangeOutcome = { kind: 'refused', code: 'insufficient_funds', ...about };

describe('what became of a change', () => {
  it('is told with the balance after it and its key', () => {
    const answer = changeAnswer(done);
    expect(answer).toEqual({
      exitCode: 0,
      text: 'Withdrew 2 from user 1: balance 98, version 2.\nKey: k\n',
      json: done,
    });
    expect(changeAnswer({ ...done, amount: 5 }).text).toContain('Deposited 5 to user 1: balance 98');
  });

  it('tells that an earlier sending was the one that was applied', () => {
    expect(changeAnswer({ ...done, replayed: true }).text).toContain('this one changed nothing');
    expect(changeAnswer({ ...refused, replayed: true }).complaint).toContain('refused earlier under this key');
  });

  it('is a complaint and a code of its own when it is refused, with what that rests on', () => {
    const answer = changeAnswer(refused);
    expect(answer).toMatchObject({ exitCode: 4, json: refused });
    expect(answer.text).toBeUndefined();
    expect(answer.complaint).toBe(
      'Refused: the balance of user 1, 98 at version 2, does not cover a withdrawal of 2. Nothing was changed.\n',
    );
    const beyond = changeAnswer({ ...refused, code: 'balance_limit_exceeded', amount: 7 });
    expect(beyond.complaint).toContain('a deposit of 7 would exceed 9007199254740991');
    expect(changeAnswer({ kind: 'user_not_found', userId: 1 })).toMatchObject({ exitCode: 4 });
  });
});

describe('what became of a creation', () => {
  it('is told with the id', () => {
    const created = { kind: 'created', userId: 7, balance: 5, version: 1, replayed: false } as const;
    expect(creationAnswer(created)).toEqual({
      exitCode: 0,
      text: 'Created user 7 with a balance of 5.\n',
      json: created,
    });
    expect(creationAnswer({ kind: 'user_exists', userId: 7 })).toMatchObject({ exitCode: 4 });
  });
});

describe('a user', () => {
  const balance = { kind: 'balance', userId: 1, balance: 98, version: 12 } as const;
  const createdAt = '2026-11-22T21:23:18.362Z';

  it('is one line, or a table of the newest entries under it', () => {
    expect(userAnswer(balance, null)).toEqual({ exitCode: 0, text: 'User 1 has 98 (version 12).\n', json: balance });
    const entries = [
      { version: 12, amount: -2, balance: 98, operationId, createdAt },
      { version: 9, amount: 100, balance: 100, operationId, createdAt },
    ];
    const answer = userAnswer(balance, { kind: 'entries', entries, nextBefore: 9 });
    expect(answer.json).toEqual({ ...balance, entries, nextBefore: 9 });
    expect(answer.text).toBe(`User 1 has 98 (version 12).

VERSION  AMOUNT  BALANCE  TIME                      OPERATION
     12      -2       98  ${createdAt}  ${operationId}
      9     100      100  ${createdAt}  ${operationId}
There are older ones: --before 9
`);
  });

  it('shows what was refused and why, and says when there is nothing', () => {
    const recorded = { requested: -200, code: 'insufficient_funds' } as const;
    const entry = { version: 3, amount: 0, balance: 98, operationId, createdAt, refused: recorded };
    const { text } = userAnswer(balance, { kind: 'entries', entries: [entry], nextBefore: null });
    expect(text).toMatch(/ refused -200: insufficient_funds\n$/);
    expect(userAnswer(balance, { kind: 'entries', entries: [], nextBefore: null }).text).toContain('no such entries');
  });
});

describe('an operation without an outcome', () => {
  const settle = 'user-balance users adjust 1 -2 --idempotency-key k';
  const answerTo = (
    code: BalanceClientErrorCode,
    mayBeApplied: boolean,
    { hasKey = true, cause = undefined as unknown } = {},
  ) =>
    unsettledAnswer({
      error: new BalanceClientError(code, `${code} after 1 attempt: why`, {
        mayBeApplied,
        idempotencyKey: 'k',
        attempts: 1,
        cause,
      }),
      service: { client: null as never, url: 'http://host', hasKey },
      again: settle,
    });

  it('that may have been applied is 5, and tells how to go on with the same key', () => {
    for (const code of ['deadline_exceeded', 'unexpected_answer', 'internal'] as const) {
      const answer = answerTo(code, true);
      expect(answer).toMatchObject({
        exitCode: 5,
        json: { kind: 'unsettled', code, mayBeApplied: true, idempotencyKey: 'k' },
      });
      expect(answer.complaint).toContain(`It may have been applied`);
      expect(answer.complaint).toContain(`\n  ${settle}\n`);
    }
  });

  it.each([
    ['deadline_exceeded', 3, 'Nothing was applied'],
    ['unexpected_answer', 3, 'Is it this service that answers at http://host?'],
    ['not_found', 3, 'Check --url'],
    ['unauthorized', 1, 'does not accept this key'],
    ['forbidden', 1, 'keys create --scopes LIST'],
    ['idempotency_key_reused', 4, 'Use a key that belongs to this operation alone'],
  ] as const)('that was not applied and ended with %s is %d, and says what to do', (code, exitCode, advice) => {
    const answer = answerTo(code, false);
    expect(answer).toMatchObject({ exitCode, json: { mayBeApplied: false } });
    expect(answer.complaint).toContain(advice);
    expect(answer.complaint).not.toContain(settle);
  });

  it('asks for a key where none was given', () => {
    expect(answerTo('unauthorized', false, { hasKey: false }).complaint).toContain('USER_BALANCE_API_KEY');
  });

  it('that a signal ended has the code of the signal, and is still to be settled', () => {
    const answer = answerTo('aborted', true, { cause: 'SIGINT' });
    expect(answer.exitCode).toBe(130);
    expect(answer.complaint).toContain(settle);
    expect(answerTo('aborted', false, { cause: 'SIGTERM' })).toMatchObject({
      exitCode: 143,
      complaint: 'Stopped before there was an outcome.\nNothing was applied.\n',
    });
  });
});

describe('a command to paste', () => {
  it('is quoted for a shell, and goes to the same service with the same key file', () => {
    const words = ['users', 'adjust', '1', '-2', '--idempotency-key', `it's $HOME`];
    const options = { url: 'http://host:1/a?b', apiKeyFile: '/etc/key', timeout: 30 };
    expect(shellCommand(words, options)).toBe(
      `user-balance users adjust 1 -2 --idempotency-key 'it'\\''s $HOME' --url 'http://host:1/a?b' --api-key-file /etc/key`,
    );
  });
});

describe('a table', () => {
  it('puts numbers under each other at their ends, and leaves no blank at the end of a line', () => {
    const rows = [
      ['N', 'NAME', ''],
      ['100', 'a', ''],
      ['2', 'long', 'x'],
    ];
    expect(textTable(['right', 'left', 'left'], rows)).toBe('  N  NAME\n100  a\n  2  long  x\n');
  });
});
