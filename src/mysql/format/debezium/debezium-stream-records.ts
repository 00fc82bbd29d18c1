import type { RecordSink } from '../record-sink.ts';
import type { ExecutedStatement, SinkOf, StreamRecords } from '../record-format.ts';
import { recordId, RECORD_ID_HEADER } from '../record-id.ts';
import { transactionIdOf, type SourceTransaction } from '../source-transaction.ts';
import { field, SOURCE_SCHEMA, type ConnectSchema } from './connect-schema.ts';
import type { DebeziumOptions } from './debezium-options.ts';
import { inMilliseconds } from './debezium-table.ts';
import { recordEncoding, type EncodingChoice, type RecordEncoding } from './record-encoding.ts';
import { SourceBlock } from './source-block.ts';
import { readTableChange, type TableChange } from './table-change.ts';

const TRANSACTION_KEY: ConnectSchema = {
  type: 'struct',
  fields: [field('id', 'string', false)],
  optional: false,
  name: 'io.debezium.connector.common.TransactionMetadataKey',
  version: 1,
};

const TRANSACTION_VALUE: ConnectSchema = {
  type: 'struct',
  fields: [
    field('status', 'string', false),
    field('id', 'string', false),
    field('event_count', 'int64'),
    {
      type: 'array',
      items: {
        type: 'struct',
        fields: [field('data_collection', 'string', false), field('event_count', 'int64', false)],
        optional: true,
        name: 'event.collection',
        version: 1,
      },
      optional: true,
      field: 'data_collections',
    },
    field('ts_ms', 'int64', false),
  ],
  optional: false,
  name: 'io.debezium.connector.common.TransactionMetadataValue',
  version: 1,
};

const HEARTBEAT_KEY: ConnectSchema = {
  type: 'struct',
  fields: [field('serverName', 'string', false)],
  optional: false,
  name: 'io.debezium.connector.common.ServerNameKey',
  version: 1,
};

const HEARTBEAT_VALUE: ConnectSchema = {
  type: 'struct',
  fields: [field('ts_ms', 'int64', false)],
  optional: false,
  name: 'io.debezium.connector.common.Heartbeat',
  version: 1,
};

const SCHEMA_KEY: ConnectSchema = {
  type: 'struct',
  fields: [field('databaseName', 'string', false)],
  optional: false,
  name: 'io.debezium.connector.mysql.SchemaChangeKey',
  version: 1,
};

const TEXTS: ConnectSchema = { type: 'array', items: { type: 'string', optional: false }, optional: true };

const COLUMN: ConnectSchema = {
  type: 'struct',
  fields: [
    field('name', 'string', false),
    field('jdbcType', 'int32', false),
    field('nativeType', 'int32'),
    field('typeName', 'string', false),
    field('typeExpression', 'string'),
    field('charsetName', 'string'),
    field('length', 'int32'),
    field('scale', 'int32'),
    field('position', 'int32', false),
    field('optional', 'boolean'),
    field('autoIncremented', 'boolean'),
    field('generated', 'boolean'),
    field('comment', 'string'),
    field('defaultValueExpression', 'string'),
    { ...TEXTS, field: 'enumValues' },
  ],
  optional: false,
  name: 'io.debezium.connector.schema.Column',
  version: 1,
};

const TABLE_CHANGE: ConnectSchema = {
  type: 'struct',
  fields: [
    field('type', 'string', false),
    field('id', 'string', false),
    {
      type: 'struct',
      fields: [
        field('defaultCharsetName', 'string'),
        { ...TEXTS, field: 'primaryKeyColumnNames' },
        { type: 'array', items: COLUMN, optional: false, field: 'columns' },
        field('comment', 'string'),
      ],
      optional: true,
      name: 'io.debezium.connector.schema.Table',
      version: 1,
      field: 'table',
    },
  ],
  optional: false,
  name: 'io.debezium.connector.schema.Change',
  version: 1,
};

const SCHEMA_VALUE: ConnectSchema = {
  type: 'struct',
  fields: [
    SOURCE_SCHEMA,
    field('ts_ms', 'int64', false),
    field('databaseName', 'string'),
    field('schemaName', 'string'),
    field('ddl', 'string'),
    { type: 'array', items: TABLE_CHANGE, optional: false, field: 'tableChanges' },
  ],
  optional: false,
  name: 'io.debezium.connector.mysql.SchemaChangeValue',
  version: 1,
};

/** The encodings of the keys and values of one kind of records. */
interface Encodings {
  readonly key: RecordEncoding;
  readonly value: RecordEncoding;
}

const CHANGE_TYPES: { readonly [verb: string]: 'CREATE' | 'ALTER' | 'DROP' } = {
  CREATE: 'CREATE',
  ALTER: 'ALTER',
  RENAME: 'ALTER',
  DROP: 'DROP',
};

/** What the records are written with. */
export interface StreamRecordOptions {
  readonly keys: EncodingChoice;
  readonly values: EncodingChoice;
  /** The time at which a record is made, in milliseconds since the epoch. */
  now(): number;
}

/** Debezium's records about the stream: changes of tables, BEGIN and END of transactions, and heartbeats. */
export class DebeziumStreamRecords implements StreamRecords {
  readonly topics: readonly string[];
  readonly heartbeatMs: number;
  readonly #options: DebeziumOptions;
  readonly #by: StreamRecordOptions;
  #transactions: Encodings | null = null;
  #heartbeats: Encodings | null = null;
  #schemaChanges: Encodings | null = null;

  constructor(options: DebeziumOptions, by: StreamRecordOptions) {
    this.#options = options;
    this.#by = by;
    this.heartbeatMs = options.heartbeatIntervalMs;
    this.topics = [
      ...(options.transactionMetadata ? [options.transactionTopic] : []),
      ...(options.includeSchemaChanges ? [options.topicPrefix] : []),
      ...(options.heartbeatIntervalMs > 0 ? [options.heartbeatTopic] : []),
    ];
  }

  async open(): Promise<void> {
    const { transactionMetadata, transactionTopic, includeSchemaChanges, topicPrefix, heartbeatTopic } = this.#options;
    const { keys, values } = this.#by;
    const encodings = async (topic: string, key: ConnectSchema, value: ConnectSchema): Promise<Encodings> => ({
      key: await recordEncoding(key, keys, { topic, table: topic }),
      value: await recordEncoding(value, values, { topic, table: topic }),
    });
    if (transactionMetadata)
      this.#transactions ??= await encodings(transactionTopic, TRANSACTION_KEY, TRANSACTION_VALUE);
    if (includeSchemaChanges) this.#schemaChanges ??= await encodings(topicPrefix, SCHEMA_KEY, SCHEMA_VALUE);
    if (this.heartbeatMs > 0) this.#heartbeats ??= await encodings(heartbeatTopic, HEARTBEAT_KEY, HEARTBEAT_VALUE);
  }

  addBegin(transaction: SourceTransaction, sinkOf: SinkOf): void {
    this.#addTransaction(transaction, sinkOf, { status: 'BEGIN', event_count: null, data_collections: null });
  }

  addEnd(transaction: SourceTransaction, sinkOf: SinkOf): void {
    const collections = [...transaction.eventsByTable].map(([table, count]) => ({
      data_collection: table,
      event_count: count,
    }));
    this.#addTransaction(transaction, sinkOf, {
      status: 'END',
      event_count: transaction.events,
      data_collections: collections,
    });
  }

  addHeartbeat(atMs: number, sinkOf: SinkOf): void {
    const { key: encodeKey, value: encodeValue } = this.#heartbeats as Encodings;
    const key = encodeKey(JSON.stringify({ serverName: this.#options.topicPrefix }));
    const value = encodeValue(JSON.stringify({ ts_ms: atMs }));
    sinkOf(this.#options.heartbeatTopic).add(key, value, { timestamp: atMs, headers: [] });
  }

  /** Tables come as they are when the statement is read, which may be later than the statement. */
  async addStatement({ statement, transaction, tables, query }: ExecutedStatement, sinkOf: SinkOf): Promise<void> {
    const { includeSchemaChanges, includeSchemaComments, topicPrefix } = this.#options;
    const verb = /^\s*(?:\/\*.*?\*\/\s*)*(\w+)/s.exec(statement.sql)?.[1]?.toUpperCase() ?? '';
    const type = CHANGE_TYPES[verb];
    if (!includeSchemaChanges || type === undefined) return;
    const changes: TableChange[] = [];
    for (const table of tables)
      changes.push(await readTableChange(query, table, { type, withComments: includeSchemaComments }));
    const database = tables[0]?.database ?? statement.database;
    const block = new SourceBlock(topicPrefix, { database, table: tables[0]?.table ?? null });
    const at = { transaction: inMilliseconds(transaction), at: statement.at, threadId: 0, query: null };
    const { before, after } = block.streamed(at);
    const names = `"databaseName":${JSON.stringify(database)},"schemaName":null,"ddl":${JSON.stringify(statement.sql)}`;
    const value = `{"source":${before}0${after},"ts_ms":${this.#by.now()},${names},"tableChanges":${JSON.stringify(changes)}}`;
    const encodings = this.#schemaChanges as Encodings;
    sinkOf(topicPrefix).add(encodings.key(JSON.stringify({ databaseName: database })), encodings.value(value), {
      timestamp: transaction.committedAtMs,
      headers: [[RECORD_ID_HEADER, recordId(transaction.gtid, 0, '')]],
    });
  }

  #addTransaction(
    transaction: SourceTransaction,
    sinkOf: SinkOf,
    said: { status: 'BEGIN' | 'END'; event_count: number | null; data_collections: readonly object[] | null },
  ): void {
    if (!this.#options.transactionMetadata) return;
    const { gtid, committedAtMs } = transaction;
    const { status, event_count, data_collections } = said;
    const id = transactionIdOf(transaction);
    const { key: encodeKey, value: encodeValue } = this.#transactions as Encodings;
    const key = encodeKey(JSON.stringify({ id }));
    const payload = { status, id, event_count, data_collections, ts_ms: committedAtMs };
    const sink: RecordSink = sinkOf(this.#options.transactionTopic);
    sink.add(key, encodeValue(JSON.stringify(payload)), {
      timestamp: committedAtMs,
      headers: [[RECORD_ID_HEADER, recordId(gtid, 0, status)]],
    });
  }
}
