import { CommanderError } from 'commander';
import { complain, complainOfOutput } from './complain.ts';
import { EXIT } from './exit-codes.ts';
import { giveAnswer } from './give-answer.ts';
import { createProgram } from './program.ts';
import { writeAll } from './write-all.ts';

/**
 * Runs the command that the arguments name, and resolves with the exit code. `serve` goes on after that, and ends the process
 * itself. Never rejects.
 */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  // What is told there is told by the exit code too.
  process.stderr.on('error', () => undefined);
  let exitCode: number = EXIT.done;
  let output = '';
  const program = createProgram({
    onAnswer: async (answer, isJson) => {
      exitCode = await giveAnswer(answer, isJson).catch(complainOfOutput);
    },
    writeOut: (text) => {
      output += text;
    },
    writeErr: (text) => process.stderr.write(text),
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return complain(error);
    // It has printed what was wrong; help that was asked for is no error, help instead of a command is.
    const code = error.exitCode === 0 ? EXIT.done : EXIT.usage;
    return writeAll(process.stdout, output).then((isTaken) => (isTaken ? code : EXIT.outputClosed), complainOfOutput);
  }
}
