import type { RecordSink } from '../record-sink.ts';
import type { SinkOf, StreamRecords } from '../record-format.ts';
import { recordId, RECORD_ID_HEADER } from '../record-id.ts';
import type { SourceTransaction } from '../source-transaction.ts';
import { field, schemaFrame, type ConnectSchema } from './connect-schema.ts';
import type { DebeziumOptions } from './debezium-options.ts';

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

interface Frame {
  readonly before: string;
  readonly after: string;
}

/** Debezium's records about the stream: BEGIN and END of transactions, and heartbeats. */
export class DebeziumStreamRecords implements StreamRecords {
  readonly topics: readonly string[];
  readonly heartbeatMs: number;
  readonly #options: DebeziumOptions;
  readonly #transactionKey: Frame;
  readonly #transactionValue: Frame;
  readonly #heartbeatKey: Frame;
  readonly #heartbeatValue: Frame;

  constructor(options: DebeziumOptions) {
    this.#options = options;
    this.heartbeatMs = options.heartbeatIntervalMs;
    this.topics = [
      ...(options.transactionMetadata ? [options.transactionTopic] : []),
      ...(options.heartbeatIntervalMs > 0 ? [options.heartbeatTopic] : []),
    ];
    this.#transactionKey = schemaFrame(TRANSACTION_KEY, options.keySchemas);
    this.#transactionValue = schemaFrame(TRANSACTION_VALUE, options.valueSchemas);
    this.#heartbeatKey = schemaFrame(HEARTBEAT_KEY, options.keySchemas);
    this.#heartbeatValue = schemaFrame(HEARTBEAT_VALUE, options.valueSchemas);
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
    const key = framed(this.#heartbeatKey, { serverName: this.#options.topicPrefix });
    const value = framed(this.#heartbeatValue, { ts_ms: atMs });
    sinkOf(this.#options.heartbeatTopic).add(key, value, { timestamp: atMs, headers: [] });
  }

  #addTransaction(
    transaction: SourceTransaction,
    sinkOf: SinkOf,
    said: { status: 'BEGIN' | 'END'; event_count: number | null; data_collections: readonly object[] | null },
  ): void {
    if (!this.#options.transactionMetadata) return;
    const { gtid, committedAtMs } = transaction;
    const { status, event_count, data_collections } = said;
    const key = framed(this.#transactionKey, { id: gtid });
    const payload = { status, id: gtid, event_count, data_collections, ts_ms: committedAtMs };
    const sink: RecordSink = sinkOf(this.#options.transactionTopic);
    sink.add(key, framed(this.#transactionValue, payload), {
      timestamp: committedAtMs,
      headers: [[RECORD_ID_HEADER, recordId(gtid, 0, status)]],
    });
  }
}

function framed({ before, after }: Frame, payload: object): string {
  return before + JSON.stringify(payload) + after;
}
