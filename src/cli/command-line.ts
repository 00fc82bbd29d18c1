import { Command, CommanderError } from 'commander';
import { type LoggingOptions, loggingOptions } from '../config/logging-options.ts';
import { rejectUnknownVariables } from '../config/option-text.ts';
import { optionGroups } from '../config/option-groups.ts';
import { parseOptions } from '../config/options.ts';
import { MillraceError } from '../core/millrace-error.ts';
import { addCommands } from './commands.ts';
import { addDeclaredOptions, type Environment, readDeclaredOptions } from './declared-option.ts';
import { type ExitCode, exitCodeOf } from './exit-code.ts';
import { guessPrinting } from './commands/guess-printing.ts';
import { logWarnings } from './logging/log-warnings.ts';
import { readPackageFacts } from './package-facts.ts';
import { createPinoLogger } from './logging/pino-logger.ts';
import { formatError, toMillraceError } from './print-error.ts';

/** How wide help is where it does not go to a terminal. */
const HELP_COLUMNS = 110;

const AFTER_HELP = `
Exit codes:
  0  all went well
  1  something failed at run time
  2  the command line, the configuration or a topology is wrong

Examples:
  millrace mysql doctor --mysql mysql://root@localhost:3306/shop
  millrace mysql pull shop --mysql mysql://root@localhost:3306 --out topologies/shop.tables.ts
  millrace describe topologies/orders.ts --format mermaid
  millrace run topologies/orders.ts --mysql mysql://root@localhost:3306
`;

/**
 * Runs a command line (without program and script) and resolves with the exit code. Errors are printed to standard error:
 * one line each, with the remedy.
 */
export async function runCommandLine(argv: readonly string[], environment: Environment): Promise<ExitCode> {
  const result: { exitCode: ExitCode } = { exitCode: 0 };
  const program = createProgram(environment, (exitCode) => {
    result.exitCode = exitCode;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return result.exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError && isHelpOrVersion(thrown)) return 0;
    // Help that was asked for by giving nothing has said what is missing.
    if (thrown instanceof CommanderError && thrown.code === 'commander.help') return 2;
    const error = thrown instanceof CommanderError ? usageError(thrown) : toMillraceError(thrown);
    process.stderr.write(formatError(error, guessPrinting(argv, environment)));
    return exitCodeOf(error);
  }
}

function createProgram(environment: Environment, onExitCode: (exitCode: ExitCode) => void): Command {
  const { version } = readPackageFacts();
  const program = new Command('millrace')
    .description('Stream processing over MySQL changes.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => undefined, getOutHelpWidth: () => process.stdout.columns ?? HELP_COLUMNS })
    .exitOverride()
    .addHelpText('after', AFTER_HELP)
    .hook('preAction', () => rejectUnknownVariables(optionGroups, environment));
  addDeclaredOptions(program, loggingOptions);
  const loggingOf = (command: Command): LoggingOptions =>
    parseOptions(loggingOptions, readDeclaredOptions(command, loggingOptions, environment));
  addCommands(program, {
    environment,
    onExitCode,
    print: (text) => process.stdout.write(text),
    loggingOf,
    loggerOf: (command) => {
      const logger = createPinoLogger(loggingOf(command));
      logWarnings(logger);
      return logger;
    },
  });
  return program;
}

function isHelpOrVersion({ code }: CommanderError): boolean {
  return code === 'commander.helpDisplayed' || code === 'commander.version';
}

/** Commander's own words, without its "error:", on one line. */
function usageError({ message }: CommanderError): MillraceError {
  return new MillraceError('CLI_USAGE', message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' '));
}
