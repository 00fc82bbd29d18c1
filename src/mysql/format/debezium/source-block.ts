import type { EventPlace } from '../../binlog/binlog-reader.ts';
import type { TableName } from '../../schema/column-schema.ts';
import type { SnapshotMarker, SnapshotRead } from '../record-format.ts';
import type { SourceTransaction } from '../source-transaction.ts';
import { DEBEZIUM_VERSION } from './debezium-options.ts';

/** What the `source` block of streamed events says. */
export interface StreamedSource {
  readonly transaction: Pick<SourceTransaction, 'gtid' | 'place' | 'committedAtUs'>;
  readonly at: Pick<EventPlace, 'file' | 'position' | 'serverId'>;
  /** 0 when it is not told. */
  readonly threadId: number;
  readonly query: string | null;
}

/** Writes `source` blocks: what a table's have in common is made once. */
export class SourceBlock {
  readonly #head: string;
  readonly #database: string;
  readonly #table: string;

  /** `table` null: the block of an event about a database, or about none. */
  constructor(topicPrefix: string, name: { readonly database: string; readonly table: TableName['table'] | null }) {
    this.#head = `{"version":"${DEBEZIUM_VERSION}","connector":"mysql","name":${JSON.stringify(topicPrefix)},"ts_ms":`;
    this.#database = `,"db":${JSON.stringify(name.database)},"sequence":null,"ts_us":`;
    this.#table = `,"table":${JSON.stringify(name.table)},"server_id":`;
  }

  /** The block of the rows of one row event up to the row's number, and what follows it. */
  streamed(source: StreamedSource): { readonly before: string; readonly after: string } {
    const { transaction, at, threadId, query } = source;
    const gtid = transaction.place !== null ? 'null' : `"${transaction.gtid}"`;
    const thread = threadId === 0 ? 'null' : String(threadId);
    return {
      before:
        this.#begin(transaction.committedAtUs, 'false') +
        `${at.serverId},"gtid":${gtid},"file":${JSON.stringify(at.file)},"pos":${at.position},"row":`,
      after: `,"thread":${thread},"query":${JSON.stringify(query)}}`,
    };
  }

  /** The block of a row that was selected. */
  read(read: SnapshotRead): string {
    const place = `"file":${JSON.stringify(read.file)},"pos":${read.position},"row":0`;
    return `${this.#begin(read.atMs * 1000, read.marker)}0,"gtid":null,${place},"thread":null,"query":null}`;
  }

  #begin(atUs: number, marker: SnapshotMarker | 'false'): string {
    const atMs = Math.floor(atUs / 1000);
    return `${this.#head}${atMs},"snapshot":"${marker}"${this.#database}${atUs},"ts_ns":${atUs}000${this.#table}`;
  }
}
