import { MillraceError } from '../../core/millrace-error.ts';
import { partitionName } from '../../core/topic-partition.ts';
import type { TakenBatch } from '../poll-loop.ts';
import type { PartitionOffset } from '../port.ts';
import type { FetchedPartition } from './fetch-request.ts';
import { FetchedRecords } from './fetched-records.ts';

/** A partition that a consumer reads, with what has been fetched of it ahead. */
export class AssignedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly name: string;
  paused = false;
  /** The end as the last answer told it. */
  endOffset: number | undefined;
  /** Why it cannot be read; thrown when what was fetched before has been handed out. */
  error: MillraceError | undefined;
  /** Where the next fetch goes on. */
  fetchOffset: number;
  /** Where what is handed out goes on. */
  #position: number;
  readonly #fetched: FetchedRecords[] = [];
  #bufferedBytes = 0;

  constructor({ topic, partition, offset }: PartitionOffset) {
    this.topic = topic;
    this.partition = partition;
    this.name = partitionName(topic, partition);
    this.fetchOffset = offset;
    this.#position = offset;
  }

  /** Bytes that were fetched and wait. */
  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  /** Whether a poll would get something of it, an error or a new position included. */
  get isReady(): boolean {
    return !this.paused && (this.#fetched.length > 0 || this.error !== undefined);
  }

  /** Takes in what a broker answered. Returns whether there is anything new. */
  receive({ bytes, aborted, lastStableOffset }: FetchedPartition): boolean {
    this.endOffset = lastStableOffset;
    if (bytes.length === 0) return false;
    const fetched = new FetchedRecords({ bytes, aborted, fromOffset: this.fetchOffset });
    if (fetched.isEmpty) return false;
    this.fetchOffset = fetched.endOffset;
    this.#fetched.push(fetched);
    this.#bufferedBytes += bytes.length;
    return true;
  }

  /** Hands out about so many bytes. Throws OFFSET_OUT_OF_RANGE and what else keeps it from being read. */
  take(maxBytes: number): TakenBatch {
    const [first] = this.#fetched;
    if (first === undefined)
      throw this.error ?? new MillraceError('INTERNAL', 'Expected something to be fetched, got nothing');
    try {
      const { records, nextOffset, bytes } = first.take(maxBytes);
      this.#position = nextOffset;
      if (first.isEmpty) {
        this.#fetched.shift();
        this.#bufferedBytes -= first.byteLength;
      }
      return { batch: { topic: this.topic, partition: this.partition, records, nextOffset }, bytes };
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      // Nothing behind it is handed out: whoever polls again must not get past it unawares.
      this.error = error.at({ topic: this.topic, partition: this.partition, offset: this.#position });
      this.#fetched.length = 0;
      this.#bufferedBytes = 0;
      throw this.error;
    }
  }
}
