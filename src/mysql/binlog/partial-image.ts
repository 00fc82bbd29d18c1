import { MillraceError } from '../../core/millrace-error.ts';
import type { BinlogRow } from '../values/row-codec.ts';
import type { BinlogValue } from '../values/column-codec.ts';
import { applyJsonDiffs, type JsonDiff } from '../values/json-diff.ts';
import { ByteCursor } from './byte-cursor.ts';
import { countColumns, hasColumn, type PresentColumns, type RowReader } from './row-reader.ts';
import type { MappedColumn } from './table-map.ts';
import { WireType } from './wire-type.ts';

/** What the image of a row after a partial update is read with. */
export interface PartialImage {
  readonly before: BinlogRow;
  readonly columns: readonly MappedColumn[];
  readonly reader: RowReader;
  readonly present: PresentColumns;
}

/** The option of an image that some of its JSON values are only what was changed in them. */
const PARTIAL_JSON = 1;
const OPERATIONS: readonly JsonDiff['operation'][] = ['replace', 'insert', 'remove'];

/**
 * Reads the image after a partial update (binlog_row_value_options=PARTIAL_JSON) and applies what it says was changed in its
 * JSON values to those before, so that the row is whole. The bits that tell which values those are count all JSON columns of
 * the table, also those that the image does not have. Source: `Rows_log_event::unpack_row` of the server.
 */
export function readPartialImage(cursor: ByteCursor, image: PartialImage): BinlogRow {
  const { columns, reader, present } = image;
  const partial = readPartialBits(cursor, columns);
  const count = present === undefined ? columns.length : countColumns(present, columns.length);
  const nulls = cursor.take((count + 7) >> 3);
  const row: (BinlogValue | null | undefined)[] = [];
  let place = 0;
  let json = 0;
  for (const [index, column] of columns.entries()) {
    const isPartial = column.wireType === WireType.JSON && partial !== undefined && hasColumn(partial, json++);
    if (present !== undefined && !hasColumn(present, index)) {
      row.push(undefined);
    } else if (hasColumn(nulls, place++)) {
      row.push(null);
    } else {
      const value = reader.readColumn(cursor, index);
      row.push(isPartial ? patched(image.before[index], value as Buffer) : value);
    }
  }
  return row;
}

function readPartialBits(cursor: ByteCursor, columns: readonly MappedColumn[]): Buffer | undefined {
  const options = cursor.packedNumber();
  if (options > PARTIAL_JSON) throw unreadable(`options of a row image that are known, got ${options}`);
  if (options === 0) return undefined;
  const documents = columns.filter((column) => column.wireType === WireType.JSON).length;
  return cursor.take((documents + 7) >> 3);
}

function patched(before: BinlogValue | null | undefined, diffs: Buffer): Buffer {
  if (!Buffer.isBuffer(before)) throw unreadable('the document before a partial update to be in its row image');
  return applyJsonDiffs(before, readDiffs(diffs));
}

function readDiffs(bytes: Buffer): JsonDiff[] {
  const cursor = new ByteCursor(bytes);
  const diffs: JsonDiff[] = [];
  while (!cursor.isAtEnd) {
    const operation = OPERATIONS[cursor.uint8()];
    if (operation === undefined) throw unreadable('a change of a document that is known');
    const path = cursor.packedBytes().toString('utf8');
    diffs.push({ operation, path, value: operation === 'remove' ? undefined : cursor.packedBytes() });
  }
  return diffs;
}

function unreadable(expected: string): MillraceError {
  return new MillraceError('MYSQL_EVENT_UNREADABLE', `Expected ${expected}`);
}
