import { type BaseLogger, pino } from 'pino';
import pretty from 'pino-pretty';
import type { LoggingOptions } from '../../config/logging-options.ts';
import type { LogFields, Logger } from '../../core/logger.ts';
import { describeContext, MillraceError } from '../../core/millrace-error.ts';
import { stackOf } from '../print-error.ts';

/** Where log lines go: a file descriptor, standard error by default. */
const STANDARD_ERROR = 2;

/**
 * A logger to standard error, a line for each call, written before the call returns: as text for people, or as JSON with
 * `level`, `time` (ISO 8601) and `msg`.
 */
export function createPinoLogger({ logFormat, logLevel }: LoggingOptions): Logger {
  const destination = logFormat === 'json' ? pino.destination({ dest: STANDARD_ERROR, sync: true }) : textStream();
  const withStack = logLevel === 'debug';
  const log = pino(
    {
      level: logLevel,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
      serializers: { error: (error: unknown) => describeError(error, withStack) },
    },
    destination,
  );
  return new PinoLogger(log);
}

/** Pino behind the port. */
class PinoLogger implements Logger {
  readonly #log: Pino;

  constructor(log: Pino) {
    this.#log = log;
  }

  debug(message: string, fields: LogFields = {}): void {
    this.#log.debug(fields, message);
  }

  info(message: string, fields: LogFields = {}): void {
    this.#log.info(fields, message);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.#log.warn(fields, message);
  }

  error(message: string, fields: LogFields = {}): void {
    this.#log.error(fields, message);
  }

  child(fields: LogFields): Logger {
    return new PinoLogger(this.#log.child(fields));
  }
}

/** What the text of a line begins with; the other fields follow the message. */
const SHOWN_BEFORE = new Set(['level', 'time', 'msg', 'application']);

type Pino = BaseLogger & { child(fields: LogFields): Pino };

function textStream(): pretty.PrettyStream {
  return pretty({
    destination: STANDARD_ERROR,
    sync: true,
    colorize: process.stderr.isTTY && process.env['NO_COLOR'] === undefined,
    translateTime: 'SYS:HH:MM:ss.l',
    hideObject: true,
    messageFormat: (line, messageKey) => formatLine(line, String(line[messageKey])),
  });
}

/** `enriched-orders: changed state from=CREATED to=RUNNING`. */
function formatLine(line: LogFields, message: string): string {
  const { application } = line;
  const fields = Object.entries(line).filter(([name, value]) => value !== undefined && !SHOWN_BEFORE.has(name));
  const texts = fields.map(([name, value]) => ` ${name}=${formatValue(value)}`);
  return `${typeof application === 'string' ? `${application}: ` : ''}${message}${texts.join('')}`;
}

function formatValue(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}

/** Stacks only where they are asked for. */
function describeError(error: unknown, withStack: boolean): unknown {
  if (!(error instanceof Error)) return error;
  const stack = withStack ? { stack: stackOf(error) } : {};
  if (!(error instanceof MillraceError)) return { message: error.message, ...stack };
  const { code, message, remedy } = error;
  return { code, message, place: describeContext(error.context), remedy, ...stack };
}
