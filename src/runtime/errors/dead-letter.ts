import type { ConsumedRecord, ProducedRecord } from '../../broker/port.ts';
import type { Header } from '../../core/headers.ts';
import { MillraceError } from '../../core/millrace-error.ts';

/** A record that was consumed, with its place. */
export interface FailedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly consumed: ConsumedRecord;
}

/**
 * The record for the dead letter topic: key, value, timestamp and headers of the record as it was consumed, and headers that
 * tell of the error, named as in Kafka Streams (KIP-1034). Those may tell values of rows, as the record does.
 */
export function deadLetterOf({ topic, partition, consumed }: FailedRecord, error: unknown): ProducedRecord {
  const { key, value, timestamp, headers, offset } = consumed;
  const told = error instanceof MillraceError && error.cause instanceof Error ? error.cause : error;
  return {
    key,
    value,
    timestamp: Math.max(0, timestamp),
    headers: [
      ...headers,
      header('exception', nameOf(told)),
      header('message', told instanceof Error ? told.message : String(told)),
      header('stacktrace', told instanceof Error ? (told.stack ?? '') : ''),
      header('topic', topic),
      header('partition', String(partition)),
      header('offset', String(offset)),
    ],
  };
}

function header(name: string, value: string): Header {
  return [`__streams.errors.${name}`, Buffer.from(value)];
}

/** The code of our own errors says more than their class. */
function nameOf(error: unknown): string {
  if (error instanceof MillraceError) return error.code;
  return error instanceof Error ? error.name : typeof error;
}
