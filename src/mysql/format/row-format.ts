import type { Headers } from '../../core/headers.ts';
import type { RowsChanged } from '../binlog/binlog-reader.ts';
import type { TopicConfig } from '../../broker/port.ts';
import type { SchemaRegistry } from '../../serde/registry/schema-registry.ts';
import { tableName, type TableName, type TableSchema } from '../schema/column-schema.ts';
import { RowCodec, type BinlogRow, type TextRow } from '../values/row-codec.ts';
import { AvroRowWriter } from './avro/avro-row-writer.ts';
import type { RecordFormat, ChangeTarget, SnapshotRead, TableFormat, TableFormatOptions } from './record-format.ts';
import { recordId, RECORD_ID_HEADER } from './record-id.ts';
import type { RecordSink, RecordStamp } from './record-sink.ts';

/** Names of the headers of each record. Values are text. */
const OP_HEADER = 'op';
const GTID_HEADER = 'gtid';
const TIMESTAMP_HEADER = 'ts_ms';

/** What a record is: read by the snapshot, created, updated or deleted. */
type Operation = 'r' | 'c' | 'u' | 'd';

const OPERATIONS: Readonly<Record<Operation, Buffer>> = {
  r: Buffer.from('r'),
  c: Buffer.from('c'),
  u: Buffer.from('u'),
  d: Buffer.from('d'),
};

/**
 * The format that tables of topologies are read in: the row itself, a tombstone for a removed one; what happened, the GTID, the
 * time and the record's id are headers. Rows are JSON or, with a schema registry, Avro; keys are JSON in either case, for keys
 * are compared by their bytes, which must not change with a schema.
 */
export class RowFormat implements RecordFormat {
  readonly isState = true;
  readonly hasSnapshotMarkers = false;
  readonly stream = null;
  readonly #topicPrefix: string;
  readonly #registry: SchemaRegistry | null;

  /** `registry` has the schemas of rows that are written as Avro; null writes JSON. */
  constructor(topicPrefix: string, registry: SchemaRegistry | null = null) {
    this.#topicPrefix = topicPrefix;
    this.#registry = registry;
  }

  topicOf(table: TableName): string {
    return `${this.#topicPrefix}.${tableName(table)}`;
  }

  keyOf(table: TableSchema): readonly string[] {
    return table.key;
  }

  /** Compacted, or kept for ever where there is no key to compact by. */
  topicConfig(hasKey: boolean): TopicConfig {
    return hasKey ? { 'cleanup.policy': 'compact' } : { 'cleanup.policy': 'delete', 'retention.ms': -1 };
  }

  async openTable(schema: TableSchema, options: TableFormatOptions): Promise<TableFormat> {
    const codec = new RowCodec(schema, options);
    const registry = this.#registry;
    if (registry === null) return new RowTableFormat(codec, null);
    const subject = `${this.topicOf(schema)}-value`;
    const topicPrefix = this.#topicPrefix;
    return new RowTableFormat(codec, await AvroRowWriter.open({ schema, topicPrefix, registry, subject, options }));
  }
}

class RowTableFormat implements TableFormat {
  /** Where records may be the bytes that were selected: JSON. */
  readonly addReadBytes?: NonNullable<TableFormat['addReadBytes']>;
  readonly #codec: RowCodec;
  /** Null where rows are JSON. */
  readonly #avro: AvroRowWriter | null;
  #origin: object | undefined;
  #gtid: Buffer = OPERATIONS.r;
  #timestamp: Buffer = OPERATIONS.r;

  constructor(codec: RowCodec, avro: AvroRowWriter | null) {
    this.#codec = codec;
    this.#avro = avro;
    if (avro !== null) return;
    this.addReadBytes = (row, read, sink) => sink.addBytes(row.key, row.value, this.#readStamp('r', read));
  }

  keyOf(row: TextRow): string | null {
    return this.#codec.encodeTextKey(row);
  }

  addRead(row: TextRow, read: SnapshotRead, sink: RecordSink): void {
    const codec = this.#codec;
    const value = this.#avro === null ? codec.encodeTextValue(row) : this.#avro.ofText(row);
    sink.add(codec.encodeTextKey(row), value, this.#readStamp('r', read));
  }

  addTruncate(): void {}

  addGone(key: string, read: SnapshotRead, sink: RecordSink): void {
    sink.add(key, null, this.#readStamp('d', read));
  }

  /**
   * A new row, a tombstone for a removed one; a row whose key changed is a tombstone for the old key and the row under the
   * new one. Without a key a removed row is its last value, marked `d`.
   */
  addChange(change: RowsChanged, index: number, to: ChangeTarget): void {
    const { sink } = to;
    const codec = this.#codec;
    const row = change.rows[index] as BinlogRow;
    if (change.operation === 'delete') {
      const key = codec.encodeBinlogKey(row);
      sink.add(key, key === null ? this.#valueOf(row) : null, this.#stamp('d', to, ''));
      return;
    }
    const key = codec.encodeBinlogKey(row);
    const value = this.#valueOf(row);
    if (change.operation === 'insert') {
      sink.add(key, value, this.#stamp('c', to, ''));
      return;
    }
    const oldKey = codec.encodeBinlogKey(change.before[index] as BinlogRow);
    if (oldKey !== key) sink.add(oldKey, null, this.#stamp('d', to, 'd'));
    sink.add(key, value, this.#stamp('u', to, ''));
  }

  #valueOf(row: BinlogRow): string | Buffer {
    return this.#avro === null ? this.#codec.encodeBinlogValue(row) : this.#avro.ofBinlog(row);
  }

  #stamp(operation: Operation, { transaction, row }: ChangeTarget, part: string): RecordStamp {
    const { gtid, committedAtMs } = transaction;
    if (this.#origin !== transaction) this.#remember(transaction, gtid, committedAtMs);
    return { timestamp: committedAtMs, headers: this.#headers(operation, recordId(gtid, row, part)) };
  }

  #readStamp(operation: Operation, read: SnapshotRead): RecordStamp {
    if (this.#origin !== read) this.#remember(read, read.gtids, read.atMs);
    return { timestamp: read.atMs, headers: this.#headers(operation, recordId(read.gtids, read.row++, 'r')) };
  }

  #headers(operation: Operation, id: Buffer): Headers {
    return [
      [OP_HEADER, OPERATIONS[operation]],
      [GTID_HEADER, this.#gtid],
      [TIMESTAMP_HEADER, this.#timestamp],
      [RECORD_ID_HEADER, id],
    ];
  }

  /** The bytes that all records of a transaction share are made once. */
  #remember(origin: object, gtid: string, timestampMs: number): void {
    this.#origin = origin;
    this.#gtid = Buffer.from(gtid);
    this.#timestamp = Buffer.from(String(timestampMs));
  }
}
