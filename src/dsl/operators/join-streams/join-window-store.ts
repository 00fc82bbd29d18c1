import { andThen, forEachInOrder, type MaybePromise } from '../../../core/maybe-promise.ts';
import { Datum } from '../../../serde/datum.ts';
import { readTime, TIME_BYTES, timeBytes, writeTime } from '../../../serde/time-bytes.ts';
import { forEachEntry } from '../../../store/for-each-entry.ts';
import type { TimestampedKeyValueStore } from '../../../store/store.ts';

/** A record of one side of a join. */
export interface WindowRecord<V> {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly value: Datum<V>;
}

const LENGTH_BYTES = 4;
const SEQUENCE_BYTES = 6;
/** The least time that a segment takes, as in Kafka Streams. */
const MIN_SEGMENT_MS = 60_000;
const MAX_SEQUENCE = 2 ** (8 * SEQUENCE_BYTES) - 1;

/**
 * The records of one side of a join in one task, for as long as the other side may join them; several of one key and time.
 *
 * Kept in segments of time, by key and time in each: [start of the segment][length of the key][key][time][sequence]. A
 * lookup reads a range of the few segments that its span touches, and what has expired goes segment by segment.
 */
export class JoinWindowStore<V> {
  readonly #store: TimestampedKeyValueStore<Buffer, V>;
  readonly #retentionMs: number;
  readonly #segmentMs: number;
  #expiredBefore = -1;

  /** A record is kept until the newest one is `retentionMs` later. */
  constructor(store: TimestampedKeyValueStore<Buffer, V>, retentionMs: number) {
    this.#store = store;
    this.#retentionMs = retentionMs;
    this.#segmentMs = Math.max(MIN_SEGMENT_MS, Math.floor(retentionMs / 2));
  }

  /** The records of a key in a span of time, both ends included, by time and arrival. `newestMs` is the newest of all keys. */
  find(key: Buffer, span: { from: number; to: number }, newestMs: number): MaybePromise<readonly WindowRecord<V>[]> {
    const from = Math.max(0, span.from, newestMs - this.#retentionMs + 1);
    const to = Math.min(span.to, newestMs);
    const found: WindowRecord<V>[] = [];
    if (from > to) return found;
    const segments: number[] = [];
    for (let start = this.#segmentOf(from); start <= to; start += this.#segmentMs) segments.push(start);
    const scanned = forEachInOrder(segments, (segment) =>
      forEachEntry(
        this.#store.scanRange(
          Datum.ofValue(recordKey(key, segment, { time: from, sequence: 0 })),
          Datum.ofValue(recordKey(key, segment, { time: to, sequence: MAX_SEQUENCE })),
        ),
        (entry) => {
          const bytes = entry.key.value;
          const timestamp = readTime(bytes, bytes.length - SEQUENCE_BYTES - TIME_BYTES);
          found.push({ timestamp, value: entry.datum });
        },
      ),
    );
    return andThen(scanned, () => found);
  }

  /** Keeps a record, unless it is older than what is kept, and forgets what now is. `newestMs` includes this record. */
  put(key: Buffer, record: WindowRecord<V>, at: { sequence: number; newestMs: number }): MaybePromise<void> {
    const { timestamp, value } = record;
    const keptFrom = at.newestMs - this.#retentionMs + 1;
    if (timestamp < keptFrom) return;
    const bytes = recordKey(key, this.#segmentOf(timestamp), { time: timestamp, sequence: at.sequence });
    this.#store.put(Datum.ofValue(bytes), value, timestamp);
    const expiredBefore = this.#segmentOf(Math.max(0, keptFrom));
    if (expiredBefore <= this.#expiredBefore) return;
    this.#expiredBefore = expiredBefore;
    return forEachEntry(this.#store.scanRange(null, Datum.ofValue(timeBytes(expiredBefore))), (entry) => {
      this.#store.put(entry.key, null, timestamp);
    });
  }

  #segmentOf(time: number): number {
    return time - (time % this.#segmentMs);
  }
}

function recordKey(key: Buffer, segment: number, at: { time: number; sequence: number }): Buffer {
  const timeAt = TIME_BYTES + LENGTH_BYTES + key.length;
  const bytes = Buffer.allocUnsafe(timeAt + TIME_BYTES + SEQUENCE_BYTES);
  writeTime(bytes, segment, 0);
  bytes.writeUInt32BE(key.length, TIME_BYTES);
  bytes.set(key, TIME_BYTES + LENGTH_BYTES);
  writeTime(bytes, at.time, timeAt);
  bytes.writeUIntBE(at.sequence, timeAt + TIME_BYTES, SEQUENCE_BYTES);
  return bytes;
}
