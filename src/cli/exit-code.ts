import type { ErrorCode } from '../core/error-catalogue/index.ts';
import type { MillraceError } from '../core/millrace-error.ts';

/**
 * What the command line ends with: 0 when all went well, 1 when something failed at run time, 2 when the command line, the
 * configuration or a topology is wrong, so that trying again without a change is useless.
 */
export type ExitCode = 0 | 1 | 2;

const WRONG_INPUT = /^(CLI|CONFIG|TOPOLOGY)_/;
const ALSO_WRONG_INPUT: readonly ErrorCode[] = ['MYSQL_URL_INVALID'];

/** The exit code of an error. */
export function exitCodeOf({ code }: MillraceError): ExitCode {
  return WRONG_INPUT.test(code) || ALSO_WRONG_INPUT.includes(code) ? 2 : 1;
}
