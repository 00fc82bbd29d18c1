import { MillraceError } from '../../core/millrace-error.ts';
import type { RowsChanged } from '../binlog/binlog-reader.ts';
import { tableName, type TableSchema } from '../schema/column-schema.ts';
import type { DescribedTable } from '../schema/read-table-schemas.ts';
import type { CharsetDecoders } from '../values/charset-decoder.ts';
import type { BigintPolicy } from '../values/column-codec.ts';
import { RowCodec } from '../values/row-codec.ts';
import type { RecordBuffer, TopicBuffer } from './record-buffer.ts';
import type { TransactionStamps } from './record-stamp.ts';
import type { TableProgress } from './source-offset.ts';

/** What a captured table is made from. */
export interface CapturedTableOptions {
  readonly described: DescribedTable;
  readonly progress: TableProgress;
  readonly topic: string;
  readonly partitions: number;
  readonly bigint: BigintPolicy;
  readonly decoders: CharsetDecoders;
}

/** One captured table: turns its rows into records of its topic, whatever its definition is at that moment of the stream. */
export class CapturedTable {
  /** `database.table`. */
  readonly name: string;
  readonly progress: TableProgress;
  readonly #options: CapturedTableOptions;
  readonly #codecs = new WeakMap<TableSchema, RowCodec>();

  constructor(options: CapturedTableOptions) {
    this.name = tableName(options.described);
    this.progress = options.progress;
    this.#options = options;
  }

  get described(): DescribedTable {
    return this.#options.described;
  }

  /** Whether the codec of this version of the table is ready; `prepare` makes it so. */
  isPrepared(schema: TableSchema): boolean {
    return this.#codecs.has(schema);
  }

  /**
   * Makes the codec of a version of the table. Throws MYSQL_KEY_CHANGED when its key is not the one that the topic has,
   * MYSQL_UNSUPPORTED_COLUMN for a character set that cannot be read.
   */
  async prepare(schema: TableSchema): Promise<RowCodec> {
    const known = this.#codecs.get(schema);
    if (known !== undefined) return known;
    this.#requireSameKey(schema);
    const { bigint, decoders, described } = this.#options;
    await decoders.load(schema.columns.flatMap((column) => column.charset ?? []));
    const codec = new RowCodec(
      { ...schema, key: described.key },
      { bigint, decoderOf: (charset) => decoders.get(charset) },
    );
    this.#codecs.set(schema, codec);
    return codec;
  }

  /** The place of its records in the buffer. */
  topicIn(buffer: RecordBuffer): TopicBuffer {
    return buffer.topic(this.#options.topic, this.#options.partitions);
  }

  /**
   * Adds the row at `index` of a row event: a new row, a tombstone for a removed one; a row whose key changed is a tombstone
   * for the old key and the row under the new one. Without a key a removed row is its last value, marked `d`.
   */
  addChange(change: RowsChanged, index: number, to: { buffer: RecordBuffer; stamps: TransactionStamps }): void {
    const codec = this.#codecs.get(change.table) as RowCodec;
    const row = change.rows[index] as (typeof change.rows)[number];
    const topic = this.topicIn(to.buffer);
    if (change.operation === 'delete') {
      const key = codec.encodeBinlogKey(row);
      to.buffer.add(topic, key === null ? codec.encodeBinlog(row) : { key, value: null }, to.stamps.of('d'));
      return;
    }
    const encoded = codec.encodeBinlog(row);
    if (change.operation === 'insert') {
      to.buffer.add(topic, encoded, to.stamps.of('c'));
      return;
    }
    const oldKey = codec.encodeBinlogKey(change.before[index] as typeof row);
    if (oldKey !== encoded.key) to.buffer.add(topic, { key: oldKey, value: null }, to.stamps.of('d'));
    to.buffer.add(topic, encoded, to.stamps.of('u'));
  }

  /** The binlog tells the primary key; a unique key that stands in for one is only known to have its columns still. */
  #requireSameKey(schema: TableSchema): void {
    const { key, hasPrimaryKey } = this.#options.described;
    const isSame = hasPrimaryKey
      ? key.join('\0') === schema.key.join('\0')
      : key.every((name) => schema.columns.some((column) => column.name === name));
    if (isSame) return;
    throw keyChanged(this.name, key, schema.key);
  }
}

/** The error for a table whose key is another than the one of its topic. */
export function keyChanged(table: string, expected: readonly string[], found: readonly string[]): MillraceError {
  return new MillraceError(
    'MYSQL_KEY_CHANGED',
    `Expected the key of ${table} to be (${expected.join(', ')}), got (${found.join(', ')})`,
    { context: { table } },
  );
}
