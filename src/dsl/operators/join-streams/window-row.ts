import { MillraceError } from '../../../core/millrace-error.ts';
import { Datum } from '../../../serde/datum.ts';
import { nestedSerde } from '../../../serde/nested-serde.ts';
import type { Serde } from '../../../serde/serde.ts';
import { readTime, TIME_BYTES, writeTime } from '../../../serde/time-bytes.ts';

/** A record of one side of a join. */
export interface WindowRecord<V> {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly value: Datum<V>;
}

/** Some records of one key and segment of time, in the order they came. */
export interface WindowRow<V> {
  /** How many rows the key has in the segment; only the first row tells. */
  readonly rows: number;
  readonly records: readonly WindowRecord<V>[];
}

const COUNT_BYTES = 4;
const LENGTH_BYTES = 4;

/** Rows as stores have them: how many there are (32 bits), then of each record its time, its length (32 bits), its value. */
export function windowRowSerde<V>(valueSerde: Serde<V>): Serde<WindowRow<V>> {
  return Object.freeze({
    name: `records of ${valueSerde.name}`,
    ...nestedSerde(valueSerde, valuesIn),
    serialize({ rows, records }: WindowRow<V>): Buffer {
      const values = records.map(({ value }) => value.bytes(valueSerde));
      const size = values.reduce((sum, value) => sum + TIME_BYTES + LENGTH_BYTES + value.length, COUNT_BYTES);
      const bytes = Buffer.allocUnsafe(size);
      bytes.writeUInt32BE(rows, 0);
      let at = COUNT_BYTES;
      for (const [index, value] of values.entries()) {
        writeTime(bytes, (records[index] as WindowRecord<V>).timestamp, at);
        bytes.writeUInt32BE(value.length, at + TIME_BYTES);
        bytes.set(value, at + TIME_BYTES + LENGTH_BYTES);
        at += TIME_BYTES + LENGTH_BYTES + value.length;
      }
      return bytes;
    },
    deserialize(bytes: Buffer): WindowRow<V> {
      if (bytes.length < COUNT_BYTES) throw damaged(bytes);
      const records: WindowRecord<V>[] = [];
      for (let at = COUNT_BYTES; at < bytes.length;) {
        const valueAt = at + TIME_BYTES + LENGTH_BYTES;
        const end = valueAt > bytes.length ? Infinity : valueAt + bytes.readUInt32BE(at + TIME_BYTES);
        if (end > bytes.length) throw damaged(bytes);
        records.push({
          timestamp: readTime(bytes, at),
          value: Datum.ofBytes(bytes.subarray(valueAt, end), valueSerde),
        });
        at = end;
      }
      return { rows: bytes.readUInt32BE(0), records };
    },
  });
}

/** The bytes of the values of a row, as far as it is whole. */
function valuesIn(bytes: Buffer): readonly Buffer[] {
  const values: Buffer[] = [];
  for (let at = COUNT_BYTES; at + TIME_BYTES + LENGTH_BYTES <= bytes.length;) {
    const valueAt = at + TIME_BYTES + LENGTH_BYTES;
    at = valueAt + bytes.readUInt32BE(at + TIME_BYTES);
    values.push(bytes.subarray(valueAt, at));
  }
  return values;
}

function damaged(bytes: Buffer): MillraceError {
  const message = `Expected the records of one side of a join, got ${bytes.length} bytes that are none`;
  return new MillraceError('DESERIALIZATION_FAILED', message);
}
