import type { Logger } from '../../core/logger.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import type { RowsChanged } from '../binlog/binlog-reader.ts';
import { incompatibilities, type ExpectedColumn } from '../schema/schema-compatibility.ts';
import type { SchemaChangePolicy } from './table-changes.ts';
import { tableName, type TableSchema } from '../schema/column-schema.ts';
import type { DescribedTable } from '../schema/read-table-schemas.ts';
import type { QueryText } from '../connection/mysql-connection.ts';
import type { CharsetDecoders } from '../values/charset-decoder.ts';
import type { BigintPolicy } from '../values/column-codec.ts';
import { RowCodec } from '../values/row-codec.ts';
import type { RecordFormat, ChangeTarget, TableFormat } from '../format/record-format.ts';
import type { RecordSink } from '../format/record-sink.ts';
import type { RecordBuffer } from './record-buffer.ts';
import type { TableProgress } from './source-offset.ts';

/** What a captured table is made from. */
export interface CapturedTableOptions {
  readonly described: DescribedTable;
  readonly progress: TableProgress;
  readonly topic: string;
  readonly partitions: number;
  readonly bigint: BigintPolicy;
  readonly decoders: CharsetDecoders;
  readonly query: QueryText;
  readonly format: RecordFormat;
  readonly policy: SchemaChangePolicy;
  /** The columns that those who read the table expect. */
  readonly expected: readonly ExpectedColumn[];
  readonly logger: Logger;
}

/** One captured table: has its rows made into records of its topic, whatever its definition is at that moment of the stream. */
export class CapturedTable {
  /** `database.table`. */
  readonly name: string;
  readonly progress: TableProgress;
  readonly #options: CapturedTableOptions;
  readonly #formats = new WeakMap<TableSchema, TableFormat>();
  #latest: TableFormat | null = null;
  readonly #identities = new WeakMap<TableSchema, RowCodec>();

  constructor(options: CapturedTableOptions) {
    this.name = tableName(options.described);
    this.progress = options.progress;
    this.#options = options;
  }

  get topic(): string {
    return this.#options.topic;
  }

  get partitions(): number {
    return this.#options.partitions;
  }

  /** How BIGINT columns come out. */
  get bigint(): BigintPolicy {
    return this.#options.bigint;
  }

  get described(): DescribedTable {
    return this.#options.described;
  }

  /** Whether the writer of this version of the table is ready; `prepare` makes it so. */
  isPrepared(schema: TableSchema): boolean {
    return this.#formats.has(schema);
  }

  /**
   * Makes the writer of a version of the table. Throws MYSQL_KEY_CHANGED when its key is not the one that the topic has,
   * MYSQL_UNSUPPORTED_COLUMN for a character set that cannot be read.
   */
  async prepare(schema: TableSchema): Promise<TableFormat> {
    const known = this.#formats.get(schema);
    if (known !== undefined) return known;
    if (schema.columns.length > 0) {
      if (this.#options.format.isState) this.#requireSameKey(schema);
      this.#requireCompatible(schema);
    }
    const { bigint, decoders, described, format, query, policy } = this.#options;
    const opened = await format.openTable(
      { ...schema, key: this.#recordKeyOf(schema, described.key) },
      { bigint, query, mayWiden: policy !== 'stop', decoderOf: (charset) => decoders.get(charset) },
    );
    this.#formats.set(schema, opened);
    this.#latest = opened;
    return opened;
  }

  /**
   * Writes the keys of rows of a version that is prepared, so that a row that was selected can be told from others, whatever
   * the key of its record is.
   */
  identityOf(schema: TableSchema): RowCodec {
    let identity = this.#identities.get(schema);
    if (identity === undefined) {
      const { bigint, decoders, described } = this.#options;
      identity = new RowCodec(
        { ...schema, key: described.key },
        { bigint, decoderOf: (charset) => decoders.get(charset) },
      );
      this.#identities.set(schema, identity);
    }
    return identity;
  }

  /** Where its records go. */
  sinkIn(buffer: RecordBuffer): RecordSink {
    return buffer.sink(this.#options.topic, this.#options.partitions);
  }

  /** Adds the row at `index` of a row event of a version that is prepared. */
  addChange(change: RowsChanged, index: number, to: ChangeTarget): void {
    (this.#formats.get(change.table) as TableFormat).addChange(change, index, to);
  }

  /** The writer of the latest version; null when no row of any was written yet. */
  get latest(): TableFormat | null {
    return this.#latest;
  }

  /** Whether records of its snapshot say which is the first and which the last. */
  get hasSnapshotMarkers(): boolean {
    return this.#options.format.hasSnapshotMarkers;
  }

  /** Whether the table is not there, so that nothing is known of it but its topic. */
  get isAbsent(): boolean {
    return this.#options.described.columns.length === 0;
  }

  /** Where a topic is a state, its key stays; else events have the key that the table had then. */
  #recordKeyOf(schema: TableSchema, described: readonly string[]): readonly string[] {
    return this.#options.format.isState || schema.key.length === 0 ? described : schema.key;
  }

  /** Says, or throws, what those who read the table no longer find in this version of it. */
  #requireCompatible(schema: TableSchema): void {
    const { expected, policy, logger } = this.#options;
    const missing = incompatibilities(expected, schema.columns);
    if (missing.length === 0) return;
    const what = missing.join(', ');
    if (policy === 'stop') {
      throw new MillraceError(
        'MYSQL_SCHEMA_INCOMPATIBLE',
        `Expected ${this.name} to keep what is read of it, got: ${what}`,
        { context: { table: this.name } },
      );
    }
    logger.warn('table no longer has all that is expected of it', { table: this.name, changes: what });
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
