import type { Headers } from '../../core/headers.ts';
import type { Logger } from '../../core/logger.ts';
import type { MillraceError } from '../../core/millrace-error.ts';
import { excerptOf } from '../binlog/event-failure.ts';
import type { RowsChanged } from '../binlog/binlog-reader.ts';
import { tableName } from '../schema/column-schema.ts';
import { recordId, RECORD_ID_HEADER } from '../format/record-id.ts';
import type { RecordSink } from '../format/record-sink.ts';
import type { SourceTransaction } from '../format/source-transaction.ts';

/** An event of rows that cannot be read, or a row of one that cannot be written. */
export interface UnreadableRows {
  /** The event as the server sent it. */
  readonly bytes: Buffer;
  /** Why, with file, position, GTID and table in its context. */
  readonly error: MillraceError;
  /** The number in the event of the row, or of the first row, counted from 0. */
  readonly row: number;
  /** Whether only that row is missing from its topic; else it and all behind it. */
  readonly isOneRow: boolean;
}

/** Where events go that cannot be read, instead of ending the source: one record each, the bytes of the event, no key. */
export class Quarantine {
  readonly topic: string;
  readonly #logger: Logger;

  constructor(topic: string, logger: Logger) {
    this.topic = topic;
    this.#logger = logger;
  }

  /** Adds a record; `row` numbers it within its transaction. */
  add(rows: UnreadableRows, to: { transaction: SourceTransaction; row: number; sink: RecordSink }): void {
    const { bytes, error } = rows;
    const { transaction, row, sink } = to;
    const { file, position, table, column } = error.context;
    const headers: Headers = [
      ['file', text(file)],
      ['position', text(position)],
      ['gtid', text(transaction.gtid)],
      ['table', text(table)],
      ...(column === undefined ? [] : [['column', text(column)] as const]),
      ['row', text(rows.isOneRow ? rows.row : `${rows.row}-`)],
      ['reason', text(error.code)],
      ['message', text(error.message)],
      [RECORD_ID_HEADER, recordId(transaction.gtid, row, 'q')],
    ];
    sink.addBytes(null, bytes, { timestamp: transaction.committedAtMs, headers });
    this.#logger.warn('rows cannot be read and go to the quarantine topic', { topic: this.topic, error });
  }
}

/** The error of a row that cannot be written, with the place of its event. */
export function atEvent(error: MillraceError, change: RowsChanged, gtid: string): MillraceError {
  const { file, position } = change.at;
  return error.at({ file, position, gtid, table: tableName(change.table), bytes: excerptOf(change.event) });
}

function text(value: string | number | boolean | undefined): Buffer {
  return Buffer.from(String(value ?? ''));
}
