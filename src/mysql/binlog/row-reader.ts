import type { BinlogValue } from '../values/column-codec.ts';
import type { BinlogRow } from '../values/row-codec.ts';
import type { ByteCursor } from './byte-cursor.ts';
import { createColumnReader, type ColumnReader } from './column-reader.ts';
import type { MappedColumn } from './table-map.ts';

/** Which columns a row image has: a bit for each column of the table; all of them when undefined. */
export type PresentColumns = Buffer | undefined;

/** Reads row images of one version of a table: its columns' readers are chosen once, and no value is dispatched on its type. */
export class RowReader {
  readonly #readers: readonly ColumnReader[];

  constructor(columns: readonly MappedColumn[]) {
    this.#readers = columns.map(createColumnReader);
  }

  /** The next row image; the cursor stands behind it then. Throws MYSQL_EVENT_UNREADABLE, RangeError. */
  read(cursor: ByteCursor, present: PresentColumns): BinlogRow {
    return present === undefined ? this.#readAll(cursor) : this.#readPresent(cursor, present);
  }

  /** The next value, which is one of that column and not NULL. */
  readColumn(cursor: ByteCursor, index: number): BinlogValue {
    return (this.#readers[index] as ColumnReader)(cursor);
  }

  #readAll(cursor: ByteCursor): BinlogRow {
    const readers = this.#readers;
    const { bytes } = cursor;
    const nulls = cursor.at;
    cursor.at = nulls + ((readers.length + 7) >> 3);
    const row = [];
    for (let index = 0; index < readers.length; index++) {
      const isNull = ((bytes[nulls + (index >> 3)] as number) >> (index & 7)) & 1;
      row.push(isNull === 1 ? null : (readers[index] as ColumnReader)(cursor));
    }
    return row;
  }

  /** The bits of NULL are counted over the columns that are there. */
  #readPresent(cursor: ByteCursor, present: Buffer): BinlogRow {
    const readers = this.#readers;
    const count = countColumns(present, readers.length);
    const nulls = cursor.take((count + 7) >> 3);
    const row = [];
    let place = 0;
    for (let index = 0; index < readers.length; index++) {
      if (!hasColumn(present, index)) {
        row.push(undefined);
        continue;
      }
      const isNull = ((nulls[place >> 3] as number) >> (place & 7)) & 1;
      place++;
      row.push(isNull === 1 ? null : (readers[index] as ColumnReader)(cursor));
    }
    return row;
  }
}

/** Whether the bit of a column is set. */
export function hasColumn(bits: Buffer, index: number): boolean {
  return (((bits[index >> 3] as number) >> (index & 7)) & 1) === 1;
}

/** How many of the first `columns` bits are set. */
export function countColumns(bits: Buffer, columns: number): number {
  let count = 0;
  for (let index = 0; index < columns; index++) if (hasColumn(bits, index)) count++;
  return count;
}
