import type { MaybePromise } from '../../../core/maybe-promise.ts';
import { Datum } from '../../../serde/datum.ts';
import { TIME_BYTES, timeBytes, writeTime } from '../../../serde/time-bytes.ts';
import { forEachEntry } from '../../../store/for-each-entry.ts';
import type { TimestampedKeyValueStore } from '../../../store/store.ts';
import type { WindowRecord, WindowRow } from './window-row.ts';

const LENGTH_BYTES = 4;
const ROW_BYTES = 4;
/** So many records make a row full: a key with many does not have all of them written again at each commit. */
const ROW_RECORDS = 64;

/**
 * The records of one side of a join in one task, for as long as the other side may join them; several of one key and time.
 *
 * Kept in segments of time, each as long as a record is kept, so that a lookup touches two of them at most; in each, the
 * records of a key in rows: [start of the segment][length of the key][key][number of the row]. So a lookup is a few gets,
 * where a range scan of LevelDB would cost a promise, and what has expired goes segment by segment.
 */
export class JoinWindowStore<V> {
  readonly #store: TimestampedKeyValueStore<Buffer, WindowRow<V>>;
  readonly #retentionMs: number;
  readonly #segmentMs: number;
  #expiredBefore = -1;

  /** A record is kept until the newest one is `retentionMs` later. */
  constructor(store: TimestampedKeyValueStore<Buffer, WindowRow<V>>, retentionMs: number) {
    this.#store = store;
    this.#retentionMs = retentionMs;
    this.#segmentMs = Math.max(1, retentionMs);
  }

  /** The records of a key in a span of time, both ends included, by time and arrival. `newestMs` is the newest of all keys. */
  find(key: Buffer, span: { from: number; to: number }, newestMs: number): readonly WindowRecord<V>[] {
    const from = Math.max(0, span.from, newestMs - this.#retentionMs + 1);
    const to = Math.min(span.to, newestMs);
    const found: WindowRecord<V>[] = [];
    if (from > to) return found;
    let inOrder = true;
    for (let segment = this.#segmentOf(from); segment <= to; segment += this.#segmentMs) {
      for (let number = 0, rows = 1; number < rows; number++) {
        const row = this.#store.get(rowKey(key, segment, number))?.datum.value;
        if (row === undefined) break;
        if (number === 0) rows = row.rows;
        for (const record of row.records) {
          if (record.timestamp < from || record.timestamp > to) continue;
          if (found.length > 0 && record.timestamp < (found.at(-1) as WindowRecord<V>).timestamp) inOrder = false;
          found.push(record);
        }
      }
    }
    return inOrder ? found : found.sort((a, b) => a.timestamp - b.timestamp);
  }

  /** Keeps a record, unless it is older than what is kept, and forgets what now is. `newestMs` includes this record. */
  put(key: Buffer, record: WindowRecord<V>, newestMs: number): MaybePromise<void> {
    const { timestamp } = record;
    const keptFrom = newestMs - this.#retentionMs + 1;
    if (timestamp < keptFrom) return;
    // Without the batch it came in, of which its bytes are a slice.
    this.#append(key, { timestamp, value: record.value.detached() });
    const expiredBefore = this.#segmentOf(Math.max(0, keptFrom));
    if (expiredBefore <= this.#expiredBefore) return;
    this.#expiredBefore = expiredBefore;
    return forEachEntry(this.#store.scanRange(null, Datum.ofValue(timeBytes(expiredBefore))), (entry) => {
      this.#store.put(entry.key, null, timestamp);
    });
  }

  #append(key: Buffer, record: WindowRecord<V>): void {
    const segment = this.#segmentOf(record.timestamp);
    const firstKey = rowKey(key, segment, 0);
    const first = this.#store.get(firstKey)?.datum.value ?? { rows: 1, records: [] };
    const number = first.rows - 1;
    const lastKey = number === 0 ? firstKey : rowKey(key, segment, number);
    const { records } = number === 0 ? first : (this.#store.get(lastKey)?.datum.value ?? { records: [] });
    if (records.length < ROW_RECORDS) {
      this.#put(lastKey, { rows: first.rows, records: [...records, record] }, record.timestamp);
      return;
    }
    const rows = first.rows + 1;
    this.#put(firstKey, { rows, records: first.records }, record.timestamp);
    this.#put(rowKey(key, segment, rows - 1), { rows, records: [record] }, record.timestamp);
  }

  #put(key: Datum<Buffer>, row: WindowRow<V>, timestamp: number): void {
    this.#store.put(key, Datum.ofValue(row), timestamp);
  }

  #segmentOf(time: number): number {
    return time - (time % this.#segmentMs);
  }
}

function rowKey(key: Buffer, segment: number, number: number): Datum<Buffer> {
  const bytes = Buffer.allocUnsafe(TIME_BYTES + LENGTH_BYTES + key.length + ROW_BYTES);
  writeTime(bytes, segment, 0);
  bytes.writeUInt32BE(key.length, TIME_BYTES);
  bytes.set(key, TIME_BYTES + LENGTH_BYTES);
  bytes.writeUInt32BE(number, TIME_BYTES + LENGTH_BYTES + key.length);
  return Datum.ofValue(bytes);
}
