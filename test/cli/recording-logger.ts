import type { LogFields, Logger } from '../../src/core/logger.ts';

/** Keeps the lines of level `info`: message and fields, those of the logger itself included. */
export class RecordingLogger implements Logger {
  readonly lines: (readonly [message: string, fields: LogFields])[];
  readonly #fields: LogFields;

  constructor(fields: LogFields = {}, lines: (readonly [string, LogFields])[] = []) {
    this.#fields = fields;
    this.lines = lines;
  }

  info(message: string, fields: LogFields = {}): void {
    this.lines.push([message, { ...this.#fields, ...fields }]);
  }

  child(fields: LogFields): Logger {
    return new RecordingLogger({ ...this.#fields, ...fields }, this.lines);
  }

  debug(): void {}
  warn(): void {}
  error(): void {}
}
