import { expect, test } from 'vitest';
import type { BinlogEvent, BinlogPlace } from '../../../src/mysql/binlog/binlog-reader.ts';
import { MysqlBinlogReader } from '../../../src/mysql/binlog/mysql-binlog-reader.ts';
import { parseMysqlUrl } from '../../../src/mysql/connection/mysql-address.ts';
import { CharsetDecoders } from '../../../src/mysql/values/charset-decoder.ts';
import { RowCodec } from '../../../src/mysql/values/row-codec.ts';
import { startMariaDbServer } from '../../support/mariadb.ts';
import { connectTo } from '../../support/mysql.ts';

test(
  'the binlog of MariaDB 10.11 is read from a place, with its GTIDs, and on from where a transaction ended',
  { timeout: 300_000 },
  async (context) => {
    await using server = await startMariaDbServer();
    if (server === undefined) return context.skip();
    const connection = await connectTo(server.url);
    await connection.query(
      `CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY, name VARCHAR(20) CHARACTER SET latin1, at DATETIME(3), spent TIME(1),
      total DECIMAL(10,2), note TEXT, kind ENUM('a','b,c'), doc JSON, n BIGINT UNSIGNED)`,
    );
    const [[status]] = (await connection.query('SHOW MASTER STATUS')) as unknown as [
      [{ File: string; Position: number }],
    ];
    const place: BinlogPlace = { file: status?.File ?? '', position: Number(status?.Position) };
    await connection.query(
      `INSERT INTO shop.t VALUES (1, 'é€', '2024-02-29 12:34:56.789', '-00:01:00.5', -1.05, 'ü', 'b,c', '{"a": 1}', 18446744073709551615);
     UPDATE shop.t SET name = NULL WHERE id = 1; CREATE TABLE shop.other (id INT); DELETE FROM shop.t`,
    );
    await connection.end();

    const all = await readFrom(server.url, place);
    expect(summary(all)).toEqual([
      ['begin', expect.stringMatching(/^0-1-\d+$/)],
      [
        'insert',
        '{"id":1,"name":"é€","at":"2024-02-29T12:34:56.789","spent":"-00:01:00.5","total":"-1.05","note":"ü","kind":"b,c","doc":"{\\"a\\": 1}","n":18446744073709551615}',
      ],
      ['commit'],
      ['begin', expect.stringMatching(/^0-1-\d+$/)],
      ['update', expect.stringContaining('"name":null')],
      ['commit'],
      ['begin', expect.stringMatching(/^0-1-\d+$/)],
      ['statement'],
      ['commit'],
      ['begin', expect.stringMatching(/^0-1-\d+$/)],
      ['delete', expect.stringContaining('"name":null')],
      ['commit'],
    ]);
    const first = all.find((event) => event.kind === 'commit');
    const rest = await readFrom(server.url, (first as { next: BinlogPlace }).next);
    expect(summary(rest)).toEqual(summary(all).slice(3));
  },
);

/** Reads up to the deletion. */
async function readFrom(url: string, place: BinlogPlace): Promise<BinlogEvent[]> {
  const charsets = new CharsetDecoders();
  const reader = new MysqlBinlogReader({
    address: parseMysqlUrl(url),
    tables: [{ database: 'shop', table: 't' }],
    queueBytes: 1 << 20,
    naming: {
      charsetOf: (id) => (id === 8 ? 'latin1' : 'utf8mb4'),
      decode: (charset, bytes) => charsets.get(charset)(bytes),
    },
  });
  await reader.open(place);
  const events: BinlogEvent[] = [];
  try {
    while (
      !events.some((event) => event.kind === 'rows' && event.operation === 'delete') ||
      events.at(-1)?.kind !== 'commit'
    )
      events.push(...(await reader.read(1000)).filter((event) => event.kind !== 'heartbeat'));
    return events;
  } finally {
    await reader.close();
  }
}

function summary(events: readonly BinlogEvent[]): unknown[] {
  const charsets = new CharsetDecoders();
  return events.map((event) => {
    if (event.kind === 'begin') return ['begin', event.gtid];
    if (event.kind !== 'rows') return [event.kind];
    const codec = new RowCodec(event.table, { bigint: 'bigint', decoderOf: (charset) => charsets.get(charset) });
    return [event.operation, ...event.rows.map((row) => codec.encodeBinlogValue(row))];
  });
}
