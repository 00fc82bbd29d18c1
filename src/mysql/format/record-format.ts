import type { RowsChanged, StatementExecuted } from '../binlog/binlog-reader.ts';
import type { TopicConfig } from '../../broker/port.ts';
import type { TableName, TableSchema } from '../schema/column-schema.ts';
import type { QueryText } from '../connection/mysql-connection.ts';
import type { CodecOptions } from '../values/column-codec.ts';
import type { TextRow } from '../values/row-codec.ts';
import type { RecordSink } from './record-sink.ts';
import type { SourceTransaction } from './source-transaction.ts';

/** How rows of tables become records of topics. */
export interface RecordFormat {
  /** The topic of a table. */
  topicOf(table: TableName): string;
  /** The columns of the key of a table's records: its own key unless the format says otherwise. */
  keyOf(table: TableSchema): readonly string[];
  /** How the topic of a table with, or without, a key is kept. */
  topicConfig(hasKey: boolean): TopicConfig;
  /** The writer of one version of a table. `key` of the schema has the columns of the key of its records. */
  openTable(schema: TableSchema, options: TableFormatOptions): Promise<TableFormat>;
  /** Whether a topic has the state of its table, by key; else it tells what happened, and reading it anew tells nothing. */
  readonly isState: boolean;
  /** Whether records of a snapshot say which is the first and which the last. */
  readonly hasSnapshotMarkers: boolean;
  /** Records about the stream itself; null where the format has none. */
  readonly stream: StreamRecords | null;
}

/** What a writer of a table needs beside its schema. */
export interface TableFormatOptions extends CodecOptions {
  /** Asks the server. */
  readonly query: QueryText;
  /** Whether a column may get values of another kind than it had; else its version is refused where a schema says so. */
  readonly mayWiden: boolean;
}

/** Gives the sink of one of the topics about the stream. */
export type SinkOf = (topic: string) => RecordSink;

/** A statement that was executed, and what it touched. */
export interface ExecutedStatement {
  readonly statement: StatementExecuted;
  readonly transaction: SourceTransaction;
  /** Captured tables that it names. */
  readonly tables: readonly TableName[];
  readonly query: QueryText;
}

/** Records that tell of the stream: where transactions begin and end, and that it still runs. */
export interface StreamRecords {
  /** Their topics, each of one partition. */
  readonly topics: readonly string[];
  /** Makes them ready to be written; before anything else, and may be called again. Throws what a schema registry throws. */
  open(): Promise<void>;
  /** How often a heartbeat is wanted, in milliseconds; 0 for never. */
  readonly heartbeatMs: number;
  addBegin(transaction: SourceTransaction, sinkOf: SinkOf): void;
  addEnd(transaction: SourceTransaction, sinkOf: SinkOf): void;
  addHeartbeat(atMs: number, sinkOf: SinkOf): void;
  /** Tells of a statement that changed the definition of tables; `tables` are those of them that are captured. */
  addStatement(executed: ExecutedStatement, sinkOf: SinkOf): Promise<void>;
}

/** Where in a snapshot a row stands: for formats that say so. */
export type SnapshotMarker =
  | 'first'
  | 'first_in_data_collection'
  | 'true'
  | 'last_in_data_collection'
  | 'last'
  | 'incremental';

/** What a snapshot read, and when. One for each read of a table, or of a part of it; `row` goes on with each record. */
export interface SnapshotRead {
  /** The GTID set that the rows contain. */
  readonly gtids: string;
  /** The server's time of the moment that was read, in milliseconds since the epoch: the timestamp of its records. */
  readonly atMs: number;
  /** Where the binlog stood at that moment, for those who read records; empty and 0 when it is not known. */
  readonly file: string;
  readonly position: number;
  /** That of the next row. */
  marker: SnapshotMarker;
  /** The number of the next row of the read. */
  row: number;
}

/** Where a row of a row event goes, and its place in its transaction. */
export interface ChangeTarget {
  readonly sink: RecordSink;
  readonly transaction: SourceTransaction;
  /** Its number among the rows of its table in the transaction, from 0. */
  readonly row: number;
}

/** Writes the rows of one version of one table. */
export interface TableFormat {
  /** The key of the record of a row that was selected; null where the table has none. */
  keyOf(row: TextRow): string | null;
  /** Adds a row that was selected. Throws MYSQL_BIGINT_UNSAFE. */
  addRead(row: TextRow, read: SnapshotRead, sink: RecordSink): void;
  /**
   * Adds a row that was selected and is the bytes of its record already: the columns in their order as JSON, and their key.
   * Undefined where the format writes rows in another way.
   */
  readonly addReadBytes?: (
    row: { readonly key: Buffer; readonly value: Buffer },
    read: SnapshotRead,
    sink: RecordSink,
  ) => void;
  /** Adds the tombstone of a key that the topic has and the table has no more. */
  addGone(key: string, read: SnapshotRead, sink: RecordSink): void;
  /** Adds what the format has for a table that was truncated; nothing where its topic is its state. */
  addTruncate(statement: StatementExecuted, to: ChangeTarget): void;
  /** Adds the row at `index` of a row event. Throws MYSQL_BIGINT_UNSAFE, MYSQL_EVENT_UNREADABLE. */
  addChange(change: RowsChanged, index: number, to: ChangeTarget): void;
}
