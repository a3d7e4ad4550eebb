import type { Answer } from './answer.ts';
import { EXIT } from './exit-codes.ts';
import { writeAll } from './write-all.ts';

/** Writes the answer, and resolves with the exit code. Rejects when it cannot be written, as on a full disk. */
export async function giveAnswer(answer: Answer, isJson: boolean): Promise<number> {
  const { exitCode, text = '', complaint = '', json } = answer;
  const isData = isJson && json !== undefined;
  if (!isData) process.stderr.write(complaint);
  const isTaken = await writeAll(process.stdout, isData ? `${JSON.stringify(json)}\n` : text);
  return isTaken ? exitCode : EXIT.outputClosed;
}
