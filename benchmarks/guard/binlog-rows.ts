import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BinlogDecoder } from '../../src/mysql/binlog/binlog-decoder.ts';
import type { BinlogEvent, RowsChanged } from '../../src/mysql/binlog/binlog-reader.ts';
import { RowFormat } from '../../src/mysql/format/row-format.ts';
import { SourceTransaction } from '../../src/mysql/format/source-transaction.ts';
import { RecordBuffer } from '../../src/mysql/source/record-buffer.ts';
import { CharsetDecoders } from '../../src/mysql/values/charset-decoder.ts';

/** The first event of a binlog of MySQL 9.7.4, and a transaction that inserts 40 rows of `../mysql/orders-table.ts`. */
const RECORDED = join(import.meta.dirname, 'orders.binlog');
const RECORDED_ROWS = 40;
const MAGIC_BYTES = 4;
/** Of an event's header: where its length is. */
const LENGTH_AT = 9;
const PARTITIONS = 4;

/** Makes what reads so many rows from events of a binlog, checksums included, and makes records of them. */
export async function binlogRows(count: number): Promise<() => void> {
  const charsets = new CharsetDecoders();
  const decoder = new BinlogDecoder({
    tables: [{ database: 'bench', table: 'orders' }],
    naming: { charsetOf: () => 'utf8mb4', decode: (charset, bytes) => charsets.get(charset)(bytes) },
  });
  const [first, ...transaction] = recordedEvents() as [Buffer, ...Buffer[]];
  decode([first]);
  const table = (decode(transaction)[0] as RowsChanged).table;
  const asked = { bigint: 'error', query: () => Promise.resolve([]), mayWiden: true } as const;
  const format = await new RowFormat('guard').openTable(table, {
    ...asked,
    decoderOf: (charset) => charsets.get(charset),
  });
  const buffer = new RecordBuffer();
  const sink = buffer.sink('guard.bench.orders', PARTITIONS);
  return () => {
    const written = new SourceTransaction({ name: `${first.toString('hex', 0, 16)}:1`, place: null }, 1_760_000_000e6);
    for (let rows = 0; rows < count; rows += RECORDED_ROWS)
      for (const change of decode(transaction))
        for (let index = 0; index < change.rows.length; index++)
          format.addChange(change, index, { sink, transaction: written, row: rows + index });
    buffer.clear();
  };

  function decode(events: readonly Buffer[]): RowsChanged[] {
    const out: BinlogEvent[] = [];
    for (const event of events) {
      // Nothing is waited for: names are in the binlog, and nothing is compressed.
      void decoder.decode(event, out);
      while (decoder.isBusy) void decoder.proceed(out);
    }
    return out.filter((event) => event.kind === 'rows');
  }
}

function recordedEvents(): Buffer[] {
  const file = readFileSync(RECORDED);
  const events: Buffer[] = [];
  for (let at = MAGIC_BYTES; at < file.length; at += file.readUInt32LE(at + LENGTH_AT))
    events.push(file.subarray(at, at + file.readUInt32LE(at + LENGTH_AT)));
  return events;
}
