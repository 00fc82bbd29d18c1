import type { TransactionalProducer } from '../../broker/port.ts';
import { NO_HEADERS } from '../../core/headers.ts';
import type { GtidSet } from '../binlog/gtid-set.ts';
import type { ServerWatermarks } from '../snapshot/server-watermark.ts';
import type { CapturedTable } from './captured-table.ts';
import { RecordBuffer } from './record-buffer.ts';
import { encodeOffset, type SourceOffset } from './source-offset.ts';

/** Limits of one broker transaction. */
export interface CommitLimits {
  readonly commitRecords: number;
  readonly commitBytes: number;
}

/** What a snapshot and the stream write through: records wait in `buffer` until `commit` makes them and the offset one. */
export class CaptureSession {
  readonly buffer = new RecordBuffer();
  readonly offset: SourceOffset;
  readonly tables: ReadonlyMap<string, CapturedTable>;
  /** How what is selected is told from what is streamed. */
  readonly watermarks: ServerWatermarks;
  readonly #producer: TransactionalProducer;
  readonly #limits: CommitLimits;
  readonly #topic: string;
  readonly #key: Buffer;
  readonly #now: () => number;
  readonly #onCommit: (offset: Buffer, records: number) => void;

  constructor(options: {
    producer: TransactionalProducer;
    offset: SourceOffset;
    tables: ReadonlyMap<string, CapturedTable>;
    watermarks: ServerWatermarks;
    limits: CommitLimits;
    offsetsTopic: string;
    prefix: string;
    now: () => number;
    onCommit: (offset: Buffer, records: number) => void;
  }) {
    this.#producer = options.producer;
    this.offset = options.offset;
    this.tables = options.tables;
    this.watermarks = options.watermarks;
    this.#limits = options.limits;
    this.#topic = options.offsetsTopic;
    this.#key = Buffer.from(options.prefix);
    this.#now = options.now;
    this.#onCommit = options.onCommit;
  }

  /** Whether as much waits as one broker transaction may have. */
  get isFull(): boolean {
    return this.buffer.records >= this.#limits.commitRecords || this.buffer.bytes >= this.#limits.commitBytes;
  }

  /** Commits what waits together with the offset. */
  async commit(): Promise<void> {
    const records = this.buffer.records;
    this.#forgetPassedSnapshots(this.offset.done);
    const value = encodeOffset(this.offset);
    const record = { key: this.#key, value, timestamp: this.#now(), headers: NO_HEADERS };
    await this.buffer.commit(this.#producer, { topic: this.#topic, partition: 0, records: [record] });
    this.#onCommit(value, records);
  }

  #forgetPassedSnapshots(done: GtidSet): void {
    for (const { progress } of this.tables.values()) {
      if (progress.isSnapshotted && progress.since !== null && done.contains(progress.since)) progress.since = null;
    }
  }
}
