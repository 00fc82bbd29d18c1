import type { SnapshotRead, TableFormat } from '../format/record-format.ts';
import type { RecordSink } from '../format/record-sink.ts';
import type { RowCodec, TextRow } from '../values/row-codec.ts';
import type { RowPack } from './row-pack.ts';

/** Rows that wait to be written. */
export interface RowBatch {
  /** Writes those whose key is none of these. */
  write(touched: ReadonlySet<string>, read: SnapshotRead, sink: RecordSink): void;
}

/** Rows of the text protocol, for formats that look at values. */
export class TextBatch implements RowBatch {
  readonly #rows: readonly TextRow[];
  readonly #format: TableFormat;
  readonly #identity: RowCodec;

  constructor(rows: readonly TextRow[], writers: { format: TableFormat; identity: RowCodec }) {
    this.#rows = rows;
    this.#format = writers.format;
    this.#identity = writers.identity;
  }

  write(touched: ReadonlySet<string>, read: SnapshotRead, sink: RecordSink): void {
    for (const row of this.#rows) {
      if (touched.size > 0 && touched.has(this.#identity.encodeTextKey(row) as string)) continue;
      this.#format.addRead(row, read, sink);
    }
  }
}

/** Rows that are the bytes of records already. */
export class BytesBatch implements RowBatch {
  readonly #rows: RowPack;
  readonly #add: NonNullable<TableFormat['addReadBytes']>;

  constructor(rows: RowPack, add: NonNullable<TableFormat['addReadBytes']>) {
    this.#rows = rows;
    this.#add = add;
  }

  write(touched: ReadonlySet<string>, read: SnapshotRead, sink: RecordSink): void {
    const rows = this.#rows;
    for (let row = 0; row < rows.count; row++) {
      const key = rows.key(row);
      if (touched.size > 0 && touched.has(key.toString('utf8'))) continue;
      this.#add({ key, value: rows.value(row) }, read, sink);
    }
  }
}
