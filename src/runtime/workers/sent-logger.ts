import type { LogFields, Logger } from '../../core/logger.ts';
import { fromSentError, type SentError, toSentError } from './sent-error.ts';
import type { FromWorker, LogLevel } from './worker-messages.ts';

/** The field by which an error is logged. */
const ERROR_FIELD = 'error';

/** A logger whose lines are sent to another thread, with fields as `sentFields` has them. */
export class SentLogger implements Logger {
  readonly #post: (message: FromWorker) => void;
  readonly #fields: LogFields;

  constructor(post: (message: FromWorker) => void, fields: LogFields = {}) {
    this.#post = post;
    this.#fields = fields;
  }

  debug(message: string, fields?: LogFields): void {
    this.#send('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#send('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#send('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#send('error', message, fields);
  }

  child(fields: LogFields): Logger {
    return new SentLogger(this.#post, { ...this.#fields, ...fields });
  }

  #send(level: LogLevel, message: string, fields: LogFields = {}): void {
    this.#post({ kind: 'log', level, message, fields: sentFields({ ...this.#fields, ...fields }) });
  }
}

/** The fields of a line that was sent, its error made one again; without the application, which the receiver's logger names. */
export function receivedFields({ application: _application, ...fields }: LogFields): LogFields {
  const { [ERROR_FIELD]: error } = fields;
  return isSentError(error) ? { ...fields, [ERROR_FIELD]: fromSentError(error) } : fields;
}

/** What can be cloned stays; errors are sent with their code and place, the rest as text. */
function sentFields(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (value instanceof Error) return [name, name === ERROR_FIELD ? toSentError(value) : String(value)];
      return [name, typeof value === 'object' || typeof value === 'function' ? textOf(value) : value];
    }),
  );
}

/** Plain data keeps its shape. */
function textOf(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return String(value);
  }
}

function isSentError(value: unknown): value is SentError {
  return typeof value === 'object' && value !== null && 'code' in value && 'context' in value;
}
