import { MillraceError } from '../../core/millrace-error.ts';
import type { MysqlDataType, TableSchema } from '../schema/column-schema.ts';
import { tableName } from '../schema/column-schema.ts';
import type { BigintPolicy } from '../values/column-codec.ts';
import type { TextRow } from '../values/row-codec.ts';
import { contentLength, contentStart, createCellWriter, type CellWriter } from './binary-cell.ts';
import { ByteWriter } from './byte-writer.ts';
import type { RowPack } from './row-pack.ts';

/** What the server says of a column of a result. */
export interface ResultField {
  readonly columnType: number;
  readonly flags: number;
}

/** Types of the protocol that have a length of their own, by data type; all others have their length before them. */
const WIRE_TYPES: { readonly [type in MysqlDataType]?: number } = {
  tinyint: 1,
  smallint: 2,
  int: 3,
  float: 4,
  double: 5,
  timestamp: 7,
  bigint: 8,
  mediumint: 9,
  date: 10,
  time: 11,
  datetime: 12,
  year: 13,
};
const FIXED_LENGTH: { readonly [wireType: number]: number } = { 1: 1, 2: 2, 3: 4, 4: 4, 5: 8, 8: 8, 9: 4, 13: 2 };
const TEMPORAL = new Set([7, 10, 11, 12]);
const UNSIGNED_FLAG = 32;
const NULL_TEXT = 'null';
const CLOSING_BRACE = 0x7d;

/**
 * Reads rows of the binary protocol of one version of a table into the bytes of records: the value as `RowCodec` writes it,
 * the key likewise. Bytes are copied from the packet, and no text is made of what needs none.
 */
export class BinaryRowReader {
  readonly #schema: TableSchema;
  readonly #writers: readonly CellWriter[];
  readonly #labels: readonly Buffer[];
  readonly #keyIndexes: readonly number[];
  readonly #keyLabels: readonly Buffer[];
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  readonly #writer = new ByteWriter();
  readonly #place = { key: { start: 0, end: 0 }, value: { start: 0, end: 0 } };
  #fields: readonly ResultField[] = [];

  constructor(schema: TableSchema, bigint: BigintPolicy) {
    const label = (name: string, index: number) => Buffer.from(`${index === 0 ? '{' : ','}${JSON.stringify(name)}:`);
    this.#schema = schema;
    this.#writers = schema.columns.map((column) => createCellWriter(column, bigint));
    this.#labels = schema.columns.map(({ name }, index) => label(name, index));
    this.#keyIndexes = schema.key.map((name) => schema.columns.findIndex((column) => column.name === name));
    this.#keyLabels = schema.key.map(label);
    this.#starts = new Int32Array(schema.columns.length);
    this.#ends = new Int32Array(schema.columns.length);
  }

  /** Is told the columns of a result before its rows. Throws INTERNAL when they are not those of the table. */
  open(fields: readonly ResultField[]): void {
    this.#fields = fields;
    for (const [index, { type, name }] of this.#schema.columns.entries()) {
      const found = fields[index]?.columnType as number;
      const expected = WIRE_TYPES[type];
      const isSame = expected === undefined ? !(found in FIXED_LENGTH) && !TEMPORAL.has(found) : found === expected;
      if (isSame) continue;
      throw new MillraceError('INTERNAL', `Expected column "${name}" to come as ${type}, got the type ${found}`, {
        context: { table: tableName(this.#schema) },
      });
    }
  }

  /** Reads a row into the pack; `at` is where its packet begins. Throws MYSQL_BIGINT_UNSAFE. */
  read(row: Buffer, at: number, into: RowPack): void {
    const writer = this.#writer;
    const { key, value } = this.#place;
    const nulls = at + 1;
    let next = this.#firstCell(at);
    writer.begin();
    for (let index = 0; index < this.#writers.length; index++) {
      const label = this.#labels[index] as Buffer;
      writer.copy(label, 0, label.length);
      this.#starts[index] = writer.at - writer.start;
      if (isNull(row, nulls, index)) writer.latin1(NULL_TEXT);
      else next = this.#writeCell(row, next, index);
      this.#ends[index] = writer.at - writer.start;
    }
    writer.byte(CLOSING_BRACE);
    const length = writer.at - writer.start;
    const [first] = this.#keyIndexes as [number];
    const isSingle = this.#keyIndexes.length === 1;
    if (!isSingle) this.#writeKey();
    // Only now the row stays where it is: writing may have moved it.
    const { start } = writer;
    value.start = start;
    value.end = start + length;
    key.start = start + (isSingle ? (this.#starts[first] as number) : length);
    key.end = isSingle ? start + (this.#ends[first] as number) : writer.at;
    into.add(writer.buffer, key, value);
  }

  /** The cells of a row as the text protocol has them; those behind the table's columns too. Only for few rows. */
  textOf(row: Buffer, at: number): TextRow {
    const nulls = at + 1;
    let next = this.#firstCell(at);
    return this.#fields.map(({ columnType, flags }, index) => {
      if (isNull(row, nulls, index)) return null;
      const start = next;
      const length = FIXED_LENGTH[columnType];
      if (length !== undefined) {
        next += length;
        return Buffer.from(numberText(row, start, { columnType, isUnsigned: (flags & UNSIGNED_FLAG) !== 0 }));
      }
      next = TEMPORAL.has(columnType)
        ? start + 1 + (row[start] as number)
        : contentStart(row, start) + contentLength(row, start);
      return TEMPORAL.has(columnType)
        ? this.#temporalText(row, start, index)
        : Buffer.from(row.subarray(contentStart(row, start), next));
    });
  }

  #writeCell(row: Buffer, at: number, index: number): number {
    try {
      return (this.#writers[index] as CellWriter)(this.#writer, row, at);
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      throw error.at({
        table: tableName(this.#schema),
        column: (this.#schema.columns[index] as { name: string }).name,
      });
    }
  }

  /** The object of a key of several columns goes behind the value. */
  #writeKey(): void {
    const writer = this.#writer;
    for (let part = 0; part < this.#keyIndexes.length; part++) {
      const label = this.#keyLabels[part] as Buffer;
      const index = this.#keyIndexes[part] as number;
      writer.copy(label, 0, label.length);
      const length = (this.#ends[index] as number) - (this.#starts[index] as number);
      writer.reserve(length);
      const from = writer.start + (this.#starts[index] as number);
      writer.copy(writer.buffer, from, from + length);
    }
    writer.byte(CLOSING_BRACE);
  }

  #temporalText(row: Buffer, at: number, index: number): Buffer {
    const scratch = new ByteWriter();
    (this.#writers[index] as CellWriter)(scratch, row, at);
    const text = scratch.buffer.toString('latin1', 1, scratch.at - 1);
    return Buffer.from(text.replace('T', ' ').replace('Z', ''));
  }

  /** Behind the header and a bit for each column, of which the first two are not used. */
  #firstCell(at: number): number {
    return at + 1 + ((this.#fields.length + 9) >> 3);
  }
}

function isNull(row: Buffer, nulls: number, index: number): boolean {
  const bit = index + 2;
  return (((row[nulls + (bit >> 3)] as number) >> (bit & 7)) & 1) === 1;
}

function numberText(row: Buffer, at: number, type: { columnType: number; isUnsigned: boolean }): string {
  const { columnType, isUnsigned } = type;
  switch (columnType) {
    case 1:
      return String(isUnsigned ? row.readUInt8(at) : row.readInt8(at));
    case 2:
    case 13:
      return String(isUnsigned ? row.readUInt16LE(at) : row.readInt16LE(at));
    case 4:
      return String(row.readFloatLE(at));
    case 5:
      return String(row.readDoubleLE(at));
    case 8:
      return String(isUnsigned ? row.readBigUInt64LE(at) : row.readBigInt64LE(at));
    default:
      return String(isUnsigned ? row.readUInt32LE(at) : row.readInt32LE(at));
  }
}
