import { createDocument } from '../http/openapi/document.ts';
import type { Answer } from './answer.ts';
import { EXIT } from './exit-codes.ts';

/** The command `openapi`. */
export async function printDocument(): Promise<Answer> {
  return { exitCode: EXIT.done, text: `${JSON.stringify(createDocument(), null, 2)}\n` };
}
