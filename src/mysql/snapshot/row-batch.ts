import type { SnapshotRead, TableFormat } from '../format/record-format.ts';
import type { RecordSink } from '../format/record-sink.ts';
import type { RowCodec, TextRow } from '../values/row-codec.ts';
import type { RowPack } from './row-pack.ts';
import { markerAt, type EdgeMarkers } from './snapshot-marker.ts';

/** Where rows of a snapshot go, and what their records say of it. */
export interface ReadTarget {
  readonly read: SnapshotRead;
  readonly sink: RecordSink;
  readonly markers: EdgeMarkers;
}

/** Rows that wait to be written. */
export interface RowBatch {
  /** Whether there are rows whose key is none of these. */
  hasOther(touched: ReadonlySet<string>): boolean;
  /** Writes those whose key is none of these. */
  write(touched: ReadonlySet<string>, to: ReadTarget): void;
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

  hasOther(touched: ReadonlySet<string>): boolean {
    return touched.size === 0 ? this.#rows.length > 0 : this.#rows.some((row) => !this.#isOneOf(touched, row));
  }

  write(touched: ReadonlySet<string>, { read, sink, markers }: ReadTarget): void {
    const rows = touched.size === 0 ? this.#rows : this.#rows.filter((row) => !this.#isOneOf(touched, row));
    for (const [index, row] of rows.entries()) {
      read.marker = markerAt(markers, index, rows.length);
      this.#format.addRead(row, read, sink);
    }
  }

  #isOneOf(touched: ReadonlySet<string>, row: TextRow): boolean {
    return touched.has(this.#identity.encodeTextKey(row) as string);
  }
}

/** Rows that are the bytes of records already, which say nothing of where in a snapshot they are. */
export class BytesBatch implements RowBatch {
  readonly #rows: RowPack;
  readonly #add: NonNullable<TableFormat['addReadBytes']>;

  constructor(rows: RowPack, add: NonNullable<TableFormat['addReadBytes']>) {
    this.#rows = rows;
    this.#add = add;
  }

  hasOther(touched: ReadonlySet<string>): boolean {
    for (let row = 0; row < this.#rows.count; row++) {
      if (!touched.has(this.#rows.key(row).toString('utf8'))) return true;
    }
    return false;
  }

  write(touched: ReadonlySet<string>, { read, sink }: ReadTarget): void {
    const rows = this.#rows;
    for (let row = 0; row < rows.count; row++) {
      const key = rows.key(row);
      if (touched.size > 0 && touched.has(key.toString('utf8'))) continue;
      this.#add({ key, value: rows.value(row) }, read, sink);
    }
  }
}
