import { type LoggingOptions, loggingOptions } from '../../config/logging-options.ts';
import { environmentName, flagName } from '../../config/option-text.ts';
import type { Environment } from '../declared-option.ts';
import type { PrintErrorOptions } from '../print-error.ts';

/** How an error is to be printed, by the texts of a command line that may itself be what is wrong. */
export function guessPrinting(argv: readonly string[], environment: Environment): PrintErrorOptions {
  const textOf = (name: keyof LoggingOptions): string | undefined => {
    const flag = flagName(name, loggingOptions.options[name]);
    const index = argv.lastIndexOf(flag);
    const joined = argv.findLast((text) => text.startsWith(`${flag}=`))?.slice(flag.length + 1);
    return joined ?? (index === -1 ? environment[environmentName(name)] : argv[index + 1]);
  };
  return { logFormat: textOf('logFormat') === 'json' ? 'json' : 'text', withStack: textOf('logLevel') === 'debug' };
}
