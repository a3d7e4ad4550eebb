import { z } from 'zod';
import { INTEGER_MAX } from '../../domain/operation.ts';
import type { RefusalCode } from '../../domain/outcome.ts';
import { PROBLEMS, type ProblemCode, problemType } from '../problems.ts';
import { component } from './component-schemas.ts';
import { PROBLEM_TEXTS } from './problem-texts.ts';
import { balance, version } from './quantities.ts';

const REFUSED_AT: Record<RefusalCode, number> = { insufficient_funds: 1, balance_limit_exceeded: INTEGER_MAX };

export const PROBLEM_CODES = Object.keys(PROBLEMS) as ProblemCode[];

const isRefusal = (code: ProblemCode): code is RefusalCode => Object.hasOwn(REFUSED_AT, code);

/** `insufficient_funds` is `InsufficientFunds` in the document. */
export const nameOf = (code: ProblemCode): string =>
  code.replace(/(?:^|_)([a-z])/g, (_match, letter: string) => letter.toUpperCase());

function schemaOf(code: ProblemCode) {
  const { status, title } = PROBLEMS[code];
  const members = z
    .object({
      type: z.literal(problemType(code)),
      title: z.string().meta({ examples: [title] }),
      status: z.literal(status),
      detail: z.string().meta({ description: 'For people; it may change.' }),
      code: z.literal(code),
    })
    .meta({ description: PROBLEM_TEXTS[code].meaning });
  return isRefusal(code)
    ? members.extend({ balance, version }).meta({ description: PROBLEM_TEXTS[code].meaning })
    : members;
}

/** RFC 9457, one schema for each code. */
export const problemBodies = Object.fromEntries(
  PROBLEM_CODES.map((code) => [code, component(`${nameOf(code)}Problem`, schemaOf(code))]),
) as Record<ProblemCode, ReturnType<typeof schemaOf>>;

/** The body of an answer with this problem. */
export function problemExample(code: ProblemCode, detail = PROBLEM_TEXTS[code].detail): Record<string, unknown> {
  const { status, title } = PROBLEMS[code];
  const members = { type: problemType(code), title, status, detail, code };
  return isRefusal(code) ? { ...members, balance: REFUSED_AT[code], version: 4 } : members;
}
