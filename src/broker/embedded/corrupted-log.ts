import { MillraceError } from '../../core/millrace-error.ts';

/** The error for a file that is not as it was written. `file` is its name for messages. */
export function corruptedLog(file: string, position: number, what: string): MillraceError {
  return new MillraceError(
    'LOG_CORRUPTED',
    `Expected a readable log, got damage in ${file} at byte ${position}: ${what}`,
    {
      context: { file, position },
    },
  );
}
