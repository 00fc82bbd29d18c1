import { MillraceError } from '../../core/millrace-error.ts';
import type { TableSchema } from '../schema/column-schema.ts';
import type { BinlogRow } from '../values/row-codec.ts';
import { BinlogEventType } from './binlog-event-type.ts';
import type { RowsChanged } from './binlog-reader.ts';
import type { ByteCursor } from './byte-cursor.ts';
import { readPartialImage } from './partial-image.ts';
import { countColumns, type PresentColumns, type RowReader } from './row-reader.ts';
import type { MappedColumn } from './table-map.ts';

/** A table as it was described last in the stream. */
export interface TableVersion {
  readonly schema: TableSchema;
  readonly columns: readonly MappedColumn[];
  readonly reader: RowReader;
}

/** What a row event begins with. */
export interface RowsHeader {
  readonly tableId: number;
  readonly flags: number;
}

/** Some rows of an event. */
export type RowsSlice = Pick<RowsChanged, 'operation' | 'rows' | 'before' | 'isComplete' | 'firstRow'>;

const TABLE_ID_BYTES = 6;
/** Bytes of rows that are read at once; one row is always whole. */
const SLICE_BYTES = 1 << 20;

const OPERATIONS: Readonly<{ [type: number]: RowsChanged['operation'] }> = {
  [BinlogEventType.WRITE_ROWS_V1]: 'insert',
  [BinlogEventType.WRITE_ROWS]: 'insert',
  [BinlogEventType.UPDATE_ROWS_V1]: 'update',
  [BinlogEventType.UPDATE_ROWS]: 'update',
  [BinlogEventType.PARTIAL_UPDATE_ROWS]: 'update',
  [BinlogEventType.DELETE_ROWS_V1]: 'delete',
  [BinlogEventType.DELETE_ROWS]: 'delete',
};

/** The table and the flags of a row event; the cursor stands behind them then. */
export function readRowsHeader(cursor: ByteCursor, type: number): RowsHeader {
  const tableId = cursor.uint(TABLE_ID_BYTES);
  const flags = cursor.uint16();
  if (type >= BinlogEventType.WRITE_ROWS) {
    const extraBytes = cursor.uint16();
    if (extraBytes < 2) throw unreadable('extra data of a row event to be 2 bytes at least');
    cursor.take(extraBytes - 2);
  }
  return { tableId, flags };
}

/** Reads the rows of one event, some at a time. */
export class RowsCursor {
  readonly #cursor: ByteCursor;
  readonly #table: TableVersion;
  readonly #operation: RowsChanged['operation'];
  readonly #isPartial: boolean;
  /** Columns of the rows before an update, or of the only image. */
  readonly #first: PresentColumns;
  /** Columns of the rows after an update. */
  readonly #second: PresentColumns;
  #rowsRead = 0;

  /** The cursor stands behind the header of the row event. Throws MYSQL_EVENT_UNREADABLE. */
  constructor(cursor: ByteCursor, type: number, table: TableVersion) {
    this.#cursor = cursor;
    this.#table = table;
    this.#operation = OPERATIONS[type] as RowsChanged['operation'];
    this.#isPartial = type === BinlogEventType.PARTIAL_UPDATE_ROWS;
    const columns = cursor.packedNumber();
    if (columns !== table.columns.length) {
      throw unreadable(`rows of ${table.columns.length} columns, as the table was described, got ${columns}`);
    }
    this.#first = this.#readPresent(columns);
    this.#second = this.#operation === 'update' ? this.#readPresent(columns) : undefined;
    // Rows of which the server logs no column at all (MINIMAL images of defaults only) would be lost without a word.
    if (cursor.isAtEnd) throw unreadable('a row event to have rows with at least one column');
  }

  /** Whether there are more rows. */
  get hasMore(): boolean {
    return !this.#cursor.isAtEnd;
  }

  /** Rows that were read so far. */
  get rowsRead(): number {
    return this.#rowsRead;
  }

  /** The next rows: about 1 MiB of them, or one. Throws MYSQL_EVENT_UNREADABLE, RangeError. */
  next(): RowsSlice {
    const cursor = this.#cursor;
    const { reader } = this.#table;
    const isUpdate = this.#operation === 'update';
    const limit = Math.min(cursor.bytes.length, cursor.at + SLICE_BYTES);
    const rows: BinlogRow[] = [];
    const before: BinlogRow[] = [];
    while (cursor.at < limit) {
      const start = cursor.at;
      const first = reader.read(cursor, this.#first);
      if (isUpdate) {
        before.push(first);
        rows.push(this.#isPartial ? this.#readPartial(first) : reader.read(cursor, this.#second));
      } else {
        rows.push(first);
      }
      // An image of no columns has no bytes: it would be read for ever.
      if (cursor.at === start) throw unreadable('a row of at least one byte');
    }
    if (cursor.at > cursor.bytes.length) throw unreadable('the last row to end with its event');
    const firstRow = this.#rowsRead;
    this.#rowsRead += rows.length;
    const isComplete = this.#first === undefined && this.#second === undefined;
    return { operation: this.#operation, rows, before, isComplete, firstRow };
  }

  #readPartial(before: BinlogRow): BinlogRow {
    const { columns, reader } = this.#table;
    return readPartialImage(this.#cursor, { before, columns, reader, present: this.#second });
  }

  /** Undefined when all columns are there, which is the rule. */
  #readPresent(columns: number): PresentColumns {
    const bits = this.#cursor.take((columns + 7) >> 3);
    return countColumns(bits, columns) === columns ? undefined : bits;
  }
}

function unreadable(expected: string): MillraceError {
  return new MillraceError('MYSQL_EVENT_UNREADABLE', `Expected ${expected}`);
}
