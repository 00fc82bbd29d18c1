import type { ConsumedRecord } from '../port.ts';
import { decodeBatch, encodeBatch } from './batch-codec.ts';
import { inspectBatch, readBatchHeader, sealBatch } from './batch-header.ts';
import { corruptedLog } from './corrupted-log.ts';
import type { LogStorage } from './log-storage.ts';

/** How far compaction of a log is. */
export interface CompactionState {
  /** Up to this offset it has been: no key is there twice. */
  readonly cleanedTo: number;
  /** When the first of the tombstones that it had to keep may go, in milliseconds since the epoch; null for none. */
  readonly nextHorizonMs: number | null;
}

/** Of a log that has never been compacted. */
export const NOT_COMPACTED: CompactionState = Object.freeze({ cleanedTo: 0, nextHorizonMs: null });

/** Up to where a log is known to be on the disk. */
export interface RecoveryPoint {
  readonly topicId: string;
  readonly partition: number;
  readonly logStart: number;
  readonly compaction: CompactionState;
  /** The base offset of the active segment, and how many bytes of it are safe. */
  readonly segment: number;
  readonly position: number;
  /** The end of the log there. */
  readonly nextOffset: number;
}

/** The state of all logs at a moment, after it was made safe on the disk. Recovery looks only at what came after. */
export interface Checkpoint {
  readonly version: 1;
  /** Transactions up to this one are over. */
  readonly lastTransactionId: number;
  readonly partitions: readonly RecoveryPoint[];
}

const PATH = 'checkpoint';

/** Replaces the checkpoint. Throws BROKER_STORAGE. */
export async function writeCheckpoint(storage: LogStorage, checkpoint: Checkpoint): Promise<void> {
  const value = Buffer.from(JSON.stringify(checkpoint));
  const limits = { maxRecordBytes: Number.MAX_SAFE_INTEGER, keysRequired: false };
  const { bytes } = encodeBatch([{ key: null, value, timestamp: 0, headers: [] }], limits);
  sealBatch(bytes, { baseOffset: 0, nextOffset: 1, transactionId: 0 });
  await storage.replace(PATH, bytes);
}

/** The last checkpoint; undefined in a new directory. Throws LOG_CORRUPTED. */
export function readCheckpoint(storage: LogStorage): Checkpoint | undefined {
  const size = storage.size(PATH);
  if (size === undefined) return undefined;
  const bytes = storage.read(PATH, 0, size);
  const header = readBatchHeader(bytes, 0);
  if (header === undefined || header.length !== size || inspectBatch(bytes, 0) !== 'intact') {
    throw corruptedLog(storage.describe(PATH), 0, 'no intact checkpoint');
  }
  const records: ConsumedRecord[] = [];
  decodeBatch({ bytes, position: 0, header }, { fromOffset: 0, maxBytes: size }, records);
  return JSON.parse(String(records[0]?.value)) as Checkpoint;
}
