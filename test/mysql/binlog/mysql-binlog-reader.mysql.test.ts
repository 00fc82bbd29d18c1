import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BinlogEvent, BinlogPlace } from '../../../src/mysql/binlog/binlog-reader.ts';
import { MysqlBinlogReader } from '../../../src/mysql/binlog/mysql-binlog-reader.ts';
import { parseMysqlUrl } from '../../../src/mysql/connection/mysql-address.ts';
import {
  connectTo,
  createTestDatabase,
  startPrivateMySqlServer,
  type PrivateMySqlServer,
  type TestDatabase,
} from '../../support/mysql.ts';

const MEBIBYTE = 1 << 20;
/** Beyond what one packet of the protocol can hold. */
const LARGE_ROW_BYTES = 40 * MEBIBYTE;
const TRANSACTION_BYTES = 64 * MEBIBYTE;
const RECONNECTIONS = 25;

let server: PrivateMySqlServer;
let database: TestDatabase;

beforeAll(async () => {
  server = await startPrivateMySqlServer({ options: ['--max-allowed-packet=256M'] });
  database = await createTestDatabase(server.url);
  await database.connection.query('CREATE TABLE t (id INT PRIMARY KEY, filler LONGBLOB)');
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

test('rows larger than a packet come whole', { timeout: 240_000 }, async () => {
  const start = await executed();
  const sizes = [16 * MEBIBYTE - 80, 16 * MEBIBYTE - 1, 16 * MEBIBYTE, LARGE_ROW_BYTES];
  for (const [id, size] of sizes.entries())
    await database.connection.query(`INSERT INTO t VALUES (${id}, REPEAT('x', ${size}))`);
  await using reader = await open(start);

  const rows = await reader.rows(sizes.length);
  expect(rows.map(([, filler]) => (filler as Buffer).length)).toEqual(sizes);
  expect(rows.every(([, filler]) => (filler as Buffer).every((byte) => byte === 0x78))).toBe(true);
  await database.connection.query('DELETE FROM t');
});

test.each(['OFF', 'ON'])(
  'a large transaction needs little memory (compressed: %s)',
  { timeout: 240_000 },
  async (compression) => {
    const start = await executed();
    const rowBytes = MEBIBYTE / 4;
    const count = TRANSACTION_BYTES / rowBytes;
    const session = await connectTo(database.url);
    await session.query(
      `SET SESSION binlog_transaction_compression = ${compression}, cte_max_recursion_depth = 100000;
     INSERT INTO t WITH RECURSIVE ids (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM ids WHERE id < ${count}) SELECT id, REPEAT(CHAR(id), ${rowBytes}) FROM ids`,
    );
    await session.query('TRUNCATE t');
    await session.end();
    await using reader = await open(start);

    let seen = 0;
    let largest = 0;
    while (seen < count) {
      const events = await reader.read();
      let bytes = 0;
      for (const event of events) {
        if (event.kind !== 'rows') continue;
        for (const row of event.rows) {
          expect(row[0]).toBe(++seen);
          bytes += (row[1] as Buffer).length;
        }
      }
      largest = Math.max(largest, bytes);
    }
    expect(largest).toBeLessThan(4 * MEBIBYTE);
  },
);

test(
  'a reader that is opened anew again and again, behind what it has read, reads each transaction once',
  { timeout: 240_000 },
  async () => {
    const start = await executed();
    for (let id = 0; id < 300; id++) await database.connection.query(`INSERT INTO t VALUES (${1000 + id}, 'x')`);
    const ids: unknown[] = [];
    let done = start;
    for (let round = 0; ids.length < 300; round++) {
      await using reader = await open(done);
      const limit = round < RECONNECTIONS ? ids.length + 1 + ((round * 7) % 20) : 300;
      while (ids.length < Math.min(limit, 300)) {
        for (const [gtid, id] of transactionsIn(await reader.read())) {
          if (ids.length >= limit) break;
          ids.push(id);
          done = done === '' ? gtid : `${done},${gtid}`;
        }
      }
    }
    expect(ids).toEqual(Array.from({ length: 300 }, (_, id) => 1000 + id));
  },
);

test('without GTIDs the binlog is read from a place, and on from the end of any transaction', async () => {
  await using plain = await startPrivateMySqlServer({ options: ['--gtid-mode=OFF', '--enforce-gtid-consistency=OFF'] });
  const connection = await connectTo(plain.url);
  await connection.query('CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY)');
  const [[status]] = (await connection.query('SHOW BINARY LOG STATUS')) as unknown as [
    [{ File: string; Position: number }],
  ];
  await connection.query(
    'INSERT INTO d.t VALUES (1); INSERT INTO d.t VALUES (2); FLUSH BINARY LOGS; INSERT INTO d.t VALUES (3)',
  );
  await connection.end();
  const tables = [{ database: 'd', table: 't' }];

  const from = async (place: BinlogPlace, count: number) => {
    await using reader = await open(place, { url: plain.url, tables });
    return await reader.until((events) => events.filter((event) => event.kind === 'commit').length >= count);
  };
  const all = await from({ file: status?.File ?? '', position: Number(status?.Position) }, 3);
  expect(idsOf(all)).toEqual([1, 2, 3]);
  expect(all.find((event) => event.kind === 'begin')).toMatchObject({ gtid: null });
  const ends = all.flatMap((event) => (event.kind === 'commit' ? [event.next] : []));
  expect(idsOf(await from(ends[0] as BinlogPlace, 2))).toEqual([2, 3]);
  expect(idsOf(await from(ends[1] as BinlogPlace, 1))).toEqual([3]);
});

test('a reader is listed as a replica, and another one beside it takes another id', async () => {
  await using first = await open(await executed(), { serverId: 4_242_424 });
  const [replicas] = (await database.connection.query('SHOW REPLICAS')) as unknown as [{ Server_Id: number }[]];

  await using second = await open(await executed());
  const [both] = (await database.connection.query('SHOW REPLICAS')) as unknown as [{ Server_Id: number }[]];

  expect(first).not.toBe(second);
  expect(replicas.map((replica) => replica.Server_Id)).toContain(4_242_424);
  expect(new Set(both.map((replica) => replica.Server_Id)).size).toBe(both.length);
  expect(both.length).toBeGreaterThanOrEqual(replicas.length + 1);
});

test('what the server refuses is said in its words', async () => {
  await expect(open({ file: 'binlog.999999', position: 4 })).rejects.toMatchObject({ code: 'MYSQL_BINLOG_PURGED' });
});

interface OpenReader extends AsyncDisposable {
  read(): Promise<readonly BinlogEvent[]>;
  rows(
    count: number,
  ): Promise<readonly { readonly [column: number]: unknown; [Symbol.iterator](): Iterator<unknown> }[]>;
  until(isEnough: (events: readonly BinlogEvent[]) => boolean): Promise<BinlogEvent[]>;
}

async function open(
  from: string | BinlogPlace,
  options: { url?: string; tables?: readonly { database: string; table: string }[]; serverId?: number } = {},
): Promise<OpenReader> {
  const reader = new MysqlBinlogReader({
    address: parseMysqlUrl(options.url ?? database.url),
    tables: options.tables ?? [{ database: database.name, table: 't' }],
    serverId: options.serverId,
    queueBytes: MEBIBYTE,
    naming: { charsetOf: () => 'utf8mb4', decode: (_charset, bytes) => bytes.toString('utf8') },
  });
  await reader.open(from);
  const until: OpenReader['until'] = async (isEnough) => {
    const events: BinlogEvent[] = [];
    while (!isEnough(events)) events.push(...(await reader.read(1000)));
    return events;
  };
  return {
    read: () => reader.read(1000),
    until,
    async rows(count) {
      const events = await until((found) => rowsOf(found).length >= count);
      return rowsOf(events) as Awaited<ReturnType<OpenReader['rows']>>;
    },
    [Symbol.asyncDispose]: () => reader.close(),
  };
}

/** GTID and id of each transaction; every one has one row, and is read whole at once. */
function transactionsIn(events: readonly BinlogEvent[]): [gtid: string, id: unknown][] {
  const transactions: [string, unknown][] = [];
  let gtid = '';
  for (const event of events) {
    if (event.kind === 'begin') gtid = event.gtid ?? '';
    else if (event.kind === 'rows') transactions.push([gtid, event.rows[0]?.[0]]);
  }
  return transactions;
}

function rowsOf(events: readonly BinlogEvent[]): unknown[] {
  return events.flatMap((event) => (event.kind === 'rows' ? event.rows : []));
}

function idsOf(events: readonly BinlogEvent[]): unknown[] {
  return events.flatMap((event) => (event.kind === 'rows' ? event.rows.map((row) => row[0]) : []));
}

async function executed(): Promise<string> {
  const [[row]] = (await database.connection.query('SELECT @@GLOBAL.gtid_executed AS gtids')) as unknown as [
    [{ gtids: string }],
  ];
  return row?.gtids ?? '';
}
