import type { Headers } from '../../../core/headers.ts';
import type { RowsChanged, StatementExecuted } from '../../binlog/binlog-reader.ts';
import { tableName, type TableSchema } from '../../schema/column-schema.ts';
import type { BinlogRow, TextRow } from '../../values/row-codec.ts';
import type { ChangeTarget, SnapshotRead, TableFormat } from '../record-format.ts';
import { recordId, RECORD_ID_HEADER } from '../record-id.ts';
import type { RecordSink } from '../record-sink.ts';
import { transactionIdOf, type SourceTransaction } from '../source-transaction.ts';
import type { DebeziumOptions, SkippableOperation } from './debezium-options.ts';
import type { RecordEncoding } from './record-encoding.ts';
import type { RowText } from './row-text.ts';
import { SourceBlock } from './source-block.ts';

/** Headers of the two events that a changed key makes, each with the other's key. */
const NEW_KEY_HEADER = '__debezium.newkey';
const OLD_KEY_HEADER = '__debezium.oldkey';

/** What a table's events are made from. */
export interface DebeziumTableOptions {
  readonly schema: TableSchema;
  readonly options: DebeziumOptions;
  /** The columns of values. */
  readonly values: RowText;
  /** The columns of keys; null where the table has no key. */
  readonly keys: RowText | null;
  readonly encodeKey: RecordEncoding;
  readonly encodeValue: RecordEncoding;
  /** The time at which an event is made, in milliseconds since the epoch. */
  now(): number;
}

/** What the events of one row event have in common. */
interface EventFrame {
  readonly change: RowsChanged;
  readonly source: { readonly before: string; readonly after: string };
}

/** The parts of an event that are its own. */
interface Event {
  readonly operation: SkippableOperation;
  readonly key: string | null;
  readonly before: string;
  readonly after: string;
  /** The suffix of its record's id. */
  readonly part: string;
  readonly headers: Headers;
}

const NO_KEYS: Headers = [];

/** Writes rows of one version of a table as Debezium's change events. */
export class DebeziumTable implements TableFormat {
  readonly #by: DebeziumTableOptions;
  readonly #name: string;
  readonly #source: SourceBlock;
  #frame: EventFrame | undefined;

  constructor(by: DebeziumTableOptions) {
    const { schema, options } = by;
    this.#by = by;
    this.#name = tableName(schema);
    this.#source = new SourceBlock(options.topicPrefix, schema);
  }

  keyOf(row: TextRow): string | null {
    return this.#by.keys?.ofText(row) ?? null;
  }

  addRead(row: TextRow, read: SnapshotRead, sink: RecordSink): void {
    const source = this.#source.read(read);
    const value = this.#envelope(
      `"before":null,"after":${this.#by.values.ofText(row)},"source":${source}`,
      'null',
      'r',
    );
    const id = recordId(read.gtids, read.row++, 'r');
    sink.add(this.#keyBytes(this.keyOf(row)), value, { timestamp: read.atMs, headers: [[RECORD_ID_HEADER, id]] });
  }

  addGone(key: string, read: SnapshotRead, sink: RecordSink): void {
    const id = recordId(read.gtids, read.row++, 'r');
    sink.add(this.#keyBytes(key), null, { timestamp: read.atMs, headers: [[RECORD_ID_HEADER, id]] });
  }

  addTruncate({ at }: StatementExecuted, { transaction, row, sink }: ChangeTarget): void {
    const { options } = this.#by;
    if (options.skippedOperations.has('t')) return;
    const { before, after } = this.#source.streamed({
      transaction: inMilliseconds(transaction),
      at,
      threadId: 0,
      query: null,
    });
    const value = this.#envelope(`"before":null,"after":null,"source":${before}0${after}`, 'null', 't');
    const headers: Headers = [[RECORD_ID_HEADER, recordId(transaction.gtid, row, '')]];
    sink.add(null, value, { timestamp: transaction.committedAtMs, headers });
  }

  addChange(change: RowsChanged, index: number, to: ChangeTarget): void {
    const row = change.rows[index] as BinlogRow;
    if (change.operation === 'insert') {
      this.#emit({ ...PLAIN, operation: 'c', key: this.#keyOf(row), after: this.#row(row) }, { change, index, to });
    } else if (change.operation === 'delete') {
      this.#emit({ ...PLAIN, operation: 'd', key: this.#keyOf(row), before: this.#row(row) }, { change, index, to });
    } else {
      this.#addUpdate(change, index, to);
    }
  }

  #addUpdate(change: RowsChanged, index: number, to: ChangeTarget): void {
    const old = change.before[index] as BinlogRow;
    const row = completed(change.rows[index] as BinlogRow, old, change.isComplete ? 0 : change.table.columns.length);
    const oldKey = this.#keyOf(old);
    const key = this.#keyOf(row);
    const before = this.#row(old);
    const after = this.#row(row);
    if (oldKey === key) {
      if (this.#by.options.skipUnchanged && before === after) return;
      this.#emit({ ...PLAIN, operation: 'u', key, before, after }, { change, index, to });
      return;
    }
    const newKeyHeader: Headers = [[NEW_KEY_HEADER, this.#keyBytes(key)]];
    const oldKeyHeader: Headers = [[OLD_KEY_HEADER, this.#keyBytes(oldKey)]];
    const at = { change, index, to };
    this.#emit({ ...PLAIN, operation: 'd', key: oldKey, before, part: 'd', headers: newKeyHeader }, at);
    this.#emit({ ...PLAIN, operation: 'c', key, after, headers: oldKeyHeader }, at);
  }

  #emit(event: Event, at: { change: RowsChanged; index: number; to: ChangeTarget }): void {
    const { options } = this.#by;
    const { operation, before, after, part, headers } = event;
    if (options.skippedOperations.has(operation)) return;
    const { transaction, row, sink } = at.to;
    const source = this.#frameOf(at.change, transaction).source;
    const sourceText = source.before + (at.change.firstRow + at.index) + source.after;
    const order = options.transactionMetadata ? orderBlock(transaction, this.#name) : 'null';
    const value = this.#envelope(`"before":${before},"after":${after},"source":${sourceText}`, order, operation);
    const key = this.#keyBytes(event.key);
    const timestamp = transaction.committedAtMs;
    sink.add(key, value, {
      timestamp,
      headers: [[RECORD_ID_HEADER, recordId(transaction.gtid, row, part)], ...headers],
    });
    if (operation !== 'd' || !options.tombstonesOnDelete) return;
    sink.add(key, null, {
      timestamp,
      headers: [[RECORD_ID_HEADER, recordId(transaction.gtid, row, 't')], ...headers],
    });
  }

  #envelope(body: string, transaction: string, operation: string): string | Buffer {
    const now = this.#by.now();
    const times = `"ts_ms":${now},"ts_us":${now}000,"ts_ns":${now}000000`;
    return this.#by.encodeValue(`{${body},"transaction":${transaction},"op":"${operation}",${times}}`);
  }

  #frameOf(change: RowsChanged, transaction: SourceTransaction): EventFrame {
    if (this.#frame?.change === change) return this.#frame;
    const { at, threadId } = change;
    const query = this.#by.options.includeQuery ? change.query : null;
    this.#frame = { change, source: this.#source.streamed({ transaction, at, threadId, query }) };
    return this.#frame;
  }

  #row(row: BinlogRow): string {
    return this.#by.values.ofBinlog(row);
  }

  #keyOf(row: BinlogRow): string | null {
    return this.#by.keys?.ofBinlog(row) ?? null;
  }

  /** A key as its topic has it. */
  #keyBytes(text: string | null): Buffer | null {
    if (text === null) return null;
    const encoded = this.#by.encodeKey(text);
    return typeof encoded === 'string' ? Buffer.from(encoded) : encoded;
  }
}

const PLAIN = { before: 'null', after: 'null', part: '', headers: NO_KEYS } as const;

/** Statements are told in whole milliseconds. */
export function inMilliseconds(
  transaction: SourceTransaction,
): Pick<SourceTransaction, 'gtid' | 'place' | 'committedAtUs'> {
  const { gtid, place, committedAtMs } = transaction;
  return { gtid, place, committedAtUs: committedAtMs * 1000 };
}

/** The event's place among those of its transaction, which it now counts as one of. */
function orderBlock(transaction: SourceTransaction, table: string): string {
  const ofTable = (transaction.eventsByTable.get(table) ?? 0) + 1;
  transaction.eventsByTable.set(table, ofTable);
  transaction.events++;
  return `{"id":"${transactionIdOf(transaction)}","total_order":${transaction.events},"data_collection_order":${ofTable}}`;
}

/** The row after a change, with the columns that it does not have taken from before it: what was not set is as it was. */
function completed(row: BinlogRow, before: BinlogRow, columns: number): BinlogRow {
  if (columns === 0) return row;
  const whole: { [column: number]: BinlogRow[number] } = {};
  for (let index = 0; index < columns; index++) whole[index] = row[index] === undefined ? before[index] : row[index];
  return whole;
}
