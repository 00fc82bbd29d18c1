import type { ErrorCode } from '../../core/error-catalogue/index.ts';
import type { Logger } from '../../core/logger.ts';
import { describeContext, type ErrorContext, MillraceError } from '../../core/millrace-error.ts';
import { partitionForKey } from '../../core/murmur2.ts';
import { deadLetterOf, type FailedRecord } from './dead-letter.ts';
import type { ErrorPolicy } from './error-policies.ts';
import { placeError } from './place-error.ts';
import type { RecordOutput } from '../tasks/record-collector.ts';
import type { TaskCounters } from '../tasks/task-counters.ts';

/** At what a record failed. */
export type ErrorKind = 'deserialization' | 'processing' | 'production';

/** What handlers need. */
export interface ErrorHandlersOptions {
  readonly policies: Readonly<Record<ErrorKind, ErrorPolicy>>;
  /** Where dead letters go; null where no policy sends any. */
  readonly deadLetters: RecordOutput | null;
  readonly logger: Logger;
}

/** Our own errors that are those of a record. All others are of the runtime, and no policy passes over them. */
const OF_RECORDS: Readonly<Record<ErrorKind, ReadonlySet<ErrorCode>>> = {
  deserialization: new Set(['DESERIALIZATION_FAILED', 'INTEGER_UNSAFE']),
  processing: new Set(['PROCESSING_FAILED', 'ASYNC_CALL_TIMEOUT']),
  production: new Set(['SERIALIZATION_FAILED', 'RECORD_TOO_LARGE', 'PROCESSING_FAILED']),
};

/** Decides what becomes of records that fail. */
export class ErrorHandlers {
  readonly #options: ErrorHandlersOptions;

  constructor(options: ErrorHandlersOptions) {
    this.#options = options;
  }

  /**
   * Whether records have to be deserialized before they are processed, for only then a record that cannot be leaves nothing
   * behind. Where every error stops the application anyway, nobody looks before he must.
   */
  get deserializesFirst(): boolean {
    const { deserialization, processing } = this.#options.policies;
    return deserialization !== 'fail' || processing !== 'fail';
  }

  /**
   * Passes over the record, where the policy is to: it is counted, logged, and sent to the dead letter topic. Else throws the
   * error with its place. `source` is the record that caused it, null for what a punctuator did.
   */
  handle(
    kind: ErrorKind,
    error: unknown,
    failure: { place: ErrorContext; source: FailedRecord | null; counters: TaskCounters },
  ): void {
    const { place, source, counters } = failure;
    const policy = this.#options.policies[kind];
    const ofRecord = !(error instanceof MillraceError) || OF_RECORDS[kind].has(error.code);
    const placed = placeError(error, place);
    if (policy === 'fail' || !ofRecord) throw placed;
    counters.drop(`${kind} error`);
    if (policy === 'deadLetter' && source !== null) {
      this.#send(source, error);
      counters.deadLetters++;
    }
    this.#options.logger.warn(`passed over a record: ${kind} error`, {
      code: placed.code,
      error: placed.message,
      place: describeContext({ ...placed.context, ...placeOf(source) }),
      deadLetter: policy === 'deadLetter' && source !== null,
    });
  }

  #send(source: FailedRecord, error: unknown): void {
    const output = this.#options.deadLetters as RecordOutput;
    const { key } = source.consumed;
    const partition = key === null ? output.keylessPartition : partitionForKey(key, output.partitions);
    output.add(partition, deadLetterOf(source, error));
  }
}

function placeOf(source: FailedRecord | null): ErrorContext {
  if (source === null) return {};
  return { topic: source.topic, partition: source.partition, offset: source.consumed.offset };
}
