import { catalogue, type ErrorCode } from './error-catalogue/index.ts';

/** Where and with what an error happened. Never row values, never credentials. */
export type ErrorContext = Readonly<{ [name: string]: string | number | boolean | undefined }>;

/**
 * The one root of every error that Millrace throws.
 *
 * `code` is a key of the catalogue, which holds cause and remedy; `message` says what was expected and what was found;
 * `context` says where (task, node, topic, partition, offset, store, file, table). A foreign error is wrapped once, at the
 * port where it arose, and kept as `cause`.
 */
export class MillraceError extends Error {
  override readonly name: string = 'MillraceError';
  readonly code: ErrorCode;
  readonly context: ErrorContext;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; context?: ErrorContext } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.context = options.context ?? {};
  }

  /** What the user can do about it. */
  get remedy(): string {
    return catalogue[this.code].remedy;
  }

  /** The same error with more of its place known; what was known already stays. */
  at(context: ErrorContext): MillraceError {
    return new MillraceError(this.code, this.message, { cause: this.cause, context: { ...context, ...this.context } });
  }
}

/** The place of an error in one line: `task 0_3, node join-2, topic orders, partition 1, offset 8812`. */
export function describeContext(context: ErrorContext): string {
  return Object.entries(context)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}
