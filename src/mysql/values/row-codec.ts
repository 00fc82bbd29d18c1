import { MillraceError } from '../../core/millrace-error.ts';
import { tableName, type TableSchema } from '../schema/column-schema.ts';
import { createColumnCodec, type BinlogValue, type CodecOptions, type ColumnCodec } from './column-codec.ts';

/** A row as the text protocol hands it over: the bytes of each column, or null. */
export type TextRow = readonly (Buffer | null)[];

/** A row as the binlog carries it, by column index; undefined where the row image does not have the column. */
export interface BinlogRow {
  readonly [column: number]: BinlogValue | null | undefined;
}

type Reader = (value: never) => string;

/**
 * Writes rows of one table schema as JSON text: the value is the whole row in column order, the key the key column's own
 * value, or an object of the key columns in key order.
 */
export class RowCodec {
  readonly #schema: TableSchema;
  readonly #labels: readonly string[];
  readonly #keyIndexes: readonly number[];
  readonly #keyLabels: readonly string[];
  readonly #textReaders: readonly Reader[];
  readonly #binlogReaders: readonly Reader[];

  constructor(schema: TableSchema, options: CodecOptions) {
    const codecs: ColumnCodec[] = schema.columns.map((column) => createColumnCodec(column, options));
    this.#schema = schema;
    this.#labels = schema.columns.map((column, index) => `${index === 0 ? '{' : ','}${JSON.stringify(column.name)}:`);
    this.#keyIndexes = schema.key.map((name) => schema.columns.findIndex((column) => column.name === name));
    this.#keyLabels = schema.key.map((name, index) => `${index === 0 ? '{' : ','}${JSON.stringify(name)}:`);
    this.#textReaders = codecs.map((codec) => codec.fromText as Reader);
    this.#binlogReaders = codecs.map((codec) => codec.fromBinlog as Reader);
  }

  /** The row that was selected. Throws MYSQL_BIGINT_UNSAFE. */
  encodeTextValue(row: TextRow): string {
    return this.#value(row, this.#textReaders);
  }

  /** The row of the binlog. Throws MYSQL_BIGINT_UNSAFE, MYSQL_EVENT_UNREADABLE. */
  encodeBinlogValue(row: BinlogRow): string {
    return this.#value(row, this.#binlogReaders);
  }

  /** The key of a row that was selected; null where its table has none. */
  encodeTextKey(row: TextRow): string | null {
    return this.#key(row, this.#textReaders);
  }

  /** The key of a row of the binlog; null where its table has none. */
  encodeBinlogKey(row: BinlogRow): string | null {
    return this.#key(row, this.#binlogReaders);
  }

  #value(row: TextRow | BinlogRow, readers: readonly Reader[]): string {
    let text = '';
    for (let index = 0; index < readers.length; index++) {
      text += this.#labels[index] as string;
      text += this.#read(row, readers, index);
    }
    return `${text}}`;
  }

  #key(row: TextRow | BinlogRow, readers: readonly Reader[]): string | null {
    const indexes = this.#keyIndexes;
    if (indexes.length === 0) return null;
    if (indexes.length === 1) return this.#read(row, readers, indexes[0] as number);
    let text = '';
    for (let part = 0; part < indexes.length; part++) {
      text += this.#keyLabels[part] as string;
      text += this.#read(row, readers, indexes[part] as number);
    }
    return `${text}}`;
  }

  #read(row: TextRow | BinlogRow, readers: readonly Reader[], index: number): string {
    const value = row[index];
    if (value === null) return 'null';
    try {
      return (readers[index] as Reader)(value as never);
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      throw error.at({
        table: tableName(this.#schema),
        column: (this.#schema.columns[index] as { name: string }).name,
      });
    }
  }
}
