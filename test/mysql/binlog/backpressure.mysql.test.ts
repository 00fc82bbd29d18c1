import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BinlogEvent } from '../../../src/mysql/binlog/binlog-reader.ts';
import { MysqlBinlogReader } from '../../../src/mysql/binlog/mysql-binlog-reader.ts';
import { parseMysqlUrl } from '../../../src/mysql/connection/mysql-address.ts';
import { createTestDatabase, type TestDatabase } from '../../support/mysql.ts';

const ROWS = 4000;
const ROW_BYTES = 8000;
const QUEUE_BYTES = 1 << 20;
/** One chunk of the socket may be decoded beyond the limit. */
const SLACK_BYTES = 1 << 20;

let database: TestDatabase;
let start: string;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.connection.query('CREATE TABLE wide (id INT PRIMARY KEY, filler VARCHAR(8000) CHARACTER SET latin1)');
  const [rows] = (await database.connection.query('SELECT @@gtid_executed AS executed')) as unknown as [
    { executed: string }[],
  ];
  start = rows[0]?.executed ?? '';
  for (let first = 0; first < ROWS; first += 500) {
    const values = Array.from({ length: 500 }, (_, index) => `(${first + index}, REPEAT('x', ${ROW_BYTES}))`);
    await database.connection.query(`INSERT INTO wide VALUES ${values.join(',')}`);
  }
});

afterAll(() => database[Symbol.asyncDispose]());

test('a reader whose events are not taken holds the server back, and loses nothing', async () => {
  const reader = new MysqlBinlogReader({
    address: parseMysqlUrl(database.url),
    tables: [{ database: database.name, table: 'wide' }],
    serverId: 4_000_000_002,
    queueBytes: QUEUE_BYTES,
    naming: { charsetOf: () => 'latin1', decode: (_charset, bytes) => bytes.toString('latin1') },
  });
  await reader.open(start);
  try {
    await readMeanwhile();

    const batches: (readonly BinlogEvent[])[] = [];
    let ids: unknown[] = [];
    while (ids.length < ROWS) {
      const batch = await reader.read(1000);
      batches.push(batch);
      ids = ids.concat(idsIn(batch));
    }

    const largest = Math.max(...batches.map((batch) => idsIn(batch).length * ROW_BYTES));
    expect(largest).toBeLessThan(QUEUE_BYTES + SLACK_BYTES);
    expect(largest).toBeGreaterThan(QUEUE_BYTES / 2);
    expect(ids).toEqual(Array.from({ length: ROWS }, (_, id) => id));
  } finally {
    await reader.close();
  }
});

/** Reads all of the table, twice, over another connection: long enough for all of it to come over this one, if it could. */
async function readMeanwhile(): Promise<void> {
  for (let round = 0; round < 2; round++) await database.connection.query('SELECT * FROM wide');
}

function idsIn(events: readonly BinlogEvent[]): unknown[] {
  return events.flatMap((event) => (event.kind === 'rows' ? event.rows.map((row) => row[0]) : []));
}
