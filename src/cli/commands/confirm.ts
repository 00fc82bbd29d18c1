import { createInterface } from 'node:readline/promises';
import { MillraceError } from '../../core/millrace-error.ts';

/** Asks in the terminal whether to go on. Throws CLI_CONFIRMATION_MISSING for any answer but "y", and without a terminal. */
export async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY) throw notConfirmed('no terminal to ask in');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const { signal, abort } = abortOnClose(terminal);
  try {
    const answer = await terminal.question(`${question} [y/N] `, { signal });
    if (!/^y(es)?$/i.test(answer.trim())) throw notConfirmed('another answer');
  } catch (error) {
    if (error instanceof MillraceError) throw error;
    throw notConfirmed('none');
  } finally {
    terminal.off('close', abort);
    terminal.close();
  }
}

/** Ctrl-C and Ctrl-D close the terminal, which leaves the question without an answer. */
function abortOnClose(terminal: ReturnType<typeof createInterface>): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  terminal.on('close', abort);
  return { signal: controller.signal, abort };
}

function notConfirmed(got: string): MillraceError {
  return new MillraceError('CLI_CONFIRMATION_MISSING', `Expected the answer "y", got ${got}`);
}
