import type { Clock } from '../../core/clock.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import type { ProducedBatch } from '../port.ts';
import { type EncodedBatch, encodeBatch } from './batch-codec.ts';
import type { EventLoopTurn } from './event-loop-turn.ts';
import type { GroupCoordinators } from './group-coordinators.ts';
import type { GroupOffsets } from './group-offsets.ts';
import type { LogWriter } from './log-writer.ts';
import type { PartitionLog } from './partition-log.ts';
import { isCompacted } from './topic-settings.ts';
import type { TopicRegistry } from './topic-registry.ts';

/** What the parts of an open embedded broker share. */
export interface EmbeddedServices {
  readonly registry: TopicRegistry;
  readonly writer: LogWriter;
  readonly groupOffsets: GroupOffsets;
  readonly coordinators: GroupCoordinators;
  readonly clock: Clock;
  readonly turn: EventLoopTurn;
  /** Waits until what was written may be acknowledged: no time at all, unless each acknowledgement waits for the disk. */
  acknowledge(): Promise<void> | undefined;
}

/**
 * Encodes the records of a batch for the log they go to. Throws RECORD_TOO_LARGE, RECORD_INVALID with topic and partition.
 */
export function encodeFor(log: PartitionLog, batch: ProducedBatch): EncodedBatch {
  const maxRecordBytes = log.settings['max.message.bytes'];
  try {
    return encodeBatch(batch.records, { maxRecordBytes, keysRequired: isCompacted(log.settings) });
  } catch (error) {
    throw error instanceof MillraceError ? error.at({ topic: log.topic, partition: log.partition }) : error;
  }
}
