import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import type { Broker } from '../../src/broker/port.ts';
import type { MySqlSourceOptions } from '../../src/mysql/source/mysql-source.ts';
import { createTestDatabase, type TestDatabase } from '../support/mysql.ts';
import { createSource, recordsOf, waitUntilCaughtUp } from './support/capture.ts';

const numbers = Array.from({ length: 40 }, (_, index) => index - 20);
const words = ['a', 'A', 'ä', 'Z', 'z', 'é', 'e', ' x', 'x', '', '_', '%', "it''s", '\\\\', '10', '9', 'ß', 'ss'];
const quoted = (values: readonly (string | number)[]) => values.map((value) => `'${value}'`);

/** Columns of a key, and the values that it takes; those that a collation holds for the same are left out. */
const KEYS: { readonly [table: string]: { readonly columns: string; readonly rows: readonly string[] } } = {
  k_tinyint: { columns: 'k TINYINT', rows: numbers.map(String) },
  k_bigint: {
    columns: 'k BIGINT UNSIGNED',
    rows: ['0', '1', '9007199254740993', '9007199254740992', '18446744073709551615', '9223372036854775808', '5', '6'],
  },
  k_zerofill: { columns: 'k INT(6) ZEROFILL', rows: ['1', '20', '300', '0', '7', '999999', '1000000'] },
  k_decimal: {
    columns: 'k DECIMAL(30,10)',
    rows: [...numbers.map((n) => String(n / 8)), '12345678901234567890.0123456789', '-12345678901234567890.0123456789'],
  },
  k_float: {
    columns: 'k FLOAT',
    rows: [...numbers.map((n) => `${n}.1e${n % 9}`), '3.4e38', '-1.17549e-38', '16777216'],
  },
  k_double: { columns: 'k DOUBLE', rows: [...numbers.map((n) => `${n}.1e${n}`), '1.7976931348623157e308', '2.5e-308'] },
  k_bit: { columns: 'k BIT(60)', rows: [0, 1, 2, 255, 256, 65_535, 2 ** 40, 2 ** 52].map(String) },
  k_year: { columns: 'k YEAR', rows: ['0', '1901', '1999', '2000', '2024', '2155', '1950', '1951'] },
  k_date: {
    columns: 'k DATE',
    rows: quoted(['0000-00-00', '2024-00-15', '2024-02-31', '1000-01-01', '9999-12-31', '1582-10-10', '2024-02-29']),
  },
  k_time: {
    columns: 'k TIME(3)',
    rows: quoted(['-838:59:59', '838:59:59', '00:00:00', '-00:00:00.001', '00:00:00.001', '-12:00:00', '23:59:59.999']),
  },
  k_datetime: {
    columns: 'k DATETIME(6)',
    rows: quoted(numbers.map((n) => `2024-02-29 12:34:56.${String(n + 100_020).padStart(6, '0')}`)),
  },
  k_timestamp: {
    columns: 'k TIMESTAMP(3)',
    rows: quoted([
      '0000-00-00 00:00:00',
      ...numbers.map((n) => `20${n + 21 + 0}-06-15 01:02:03.${n + 120}`).filter((_, n) => n > 10 && n < 28),
    ]),
  },
  k_ci: { columns: 'k VARCHAR(12) COLLATE utf8mb4_0900_ai_ci', rows: quoted(words) },
  k_padded: { columns: 'k VARCHAR(12) COLLATE utf8mb4_general_ci', rows: quoted(words) },
  k_binary_collation: { columns: 'k VARCHAR(12) COLLATE utf8mb4_bin', rows: quoted(words) },
  k_latin1: { columns: 'k VARCHAR(12) CHARACTER SET latin1', rows: quoted(words) },
  k_latin1_cs: { columns: 'k CHAR(12) CHARACTER SET latin1 COLLATE latin1_general_cs', rows: quoted(words) },
  k_gbk: {
    columns: 'k VARCHAR(12) CHARACTER SET gbk',
    rows: quoted(['中', '文', '数', '据', '库', 'a', 'B', '一', '二', '三']),
  },
  k_utf16: { columns: 'k VARCHAR(12) CHARACTER SET utf16', rows: quoted(['😀', 'a', 'é', '中', 'z', 'A1', 'A2']) },
  k_binary: {
    columns: 'k BINARY(4)',
    rows: ["X''", "X'00'", "X'0001'", "X'FF'", "X'FF00FF'", "X'27'", "X'5C'", "X'80'"],
  },
  k_varbinary: {
    columns: 'k VARBINARY(8)',
    rows: ["X''", "X'00'", "X'0000'", "X'FF'", "X'FF00FF'", "X'27'", "X'5C'", "X'80'"],
  },
  k_enum: {
    columns: "k ENUM('z','y','x','a,b','it''s','c','b','a')",
    rows: quoted(['z', 'y', 'x', 'a,b', "it''s", 'c', 'b', 'a']),
  },
  k_set: { columns: "k SET('c','b','a')", rows: quoted(['', 'c', 'b', 'a', 'c,b', 'c,a', 'b,a', 'c,b,a']) },
  k_pair: {
    columns: 'b VARCHAR(5) COLLATE utf8mb4_0900_ai_ci, k INT',
    rows: ['x', 'Y', 'z', 'Ä'].flatMap((word) => numbers.filter((n) => n % 3 === 0).map((n) => `'${word}', ${n}`)),
  },
  k_triple: {
    columns: 'k DATE, b DECIMAL(5,2), c VARBINARY(3)',
    rows: numbers.flatMap((n) => [
      `'20${n + 30}-01-01', ${n % 3}.25, X'0${Math.abs(n % 5)}'`,
      `'20${n + 30}-01-01', 9, X''`,
    ]),
  },
};

const TABLES = Object.keys(KEYS);

let database: TestDatabase;
let broker: Broker;

beforeAll(async () => {
  database = await createTestDatabase();
  broker = await EmbeddedBroker.inMemory();
  await database.connection.query("SET sql_mode = 'ALLOW_INVALID_DATES', time_zone = '+00:00'");
  for (const [table, { columns, rows }] of Object.entries(KEYS)) {
    const names = columns.split(/, (?=\w+ [A-Z])/).map((column) => column.split(' ')[0]);
    await database.connection.query(`CREATE TABLE ${table} (${columns}, v INT, PRIMARY KEY (${names.join(', ')}))`);
    for (const [index, row] of rows.entries()) {
      await database.connection.query(`INSERT IGNORE INTO ${table} VALUES (${row}, ${index})`);
    }
  }
  await database.connection.query('CREATE TABLE k_prefix (k TEXT, b BLOB, PRIMARY KEY (k(4), b(3)))');
  for (const word of words) await database.connection.query(`INSERT IGNORE INTO k_prefix VALUES ('long ${word}', 'b')`);
  for (const word of words) await database.connection.query(`INSERT IGNORE INTO k_prefix VALUES ('${word}', 'c')`);
  await snapshot('point', { snapshotLocking: 'tables' });
  await snapshot('chunks', { snapshotChunkRows: 3, snapshotThreads: 2 });
  await snapshot('single', { snapshotChunkRows: 1, snapshotThreads: 3, commitRecords: 1 });
});

afterAll(async () => {
  await broker.close();
  await database[Symbol.asyncDispose]();
});

async function snapshot(topicPrefix: string, options: Partial<MySqlSourceOptions>): Promise<void> {
  const tables = [...TABLES, 'k_prefix'].map((table) => ({ database: database.name, table, isTable: true }));
  const source = createSource({ broker, url: database.url, tables, topicPrefix, ...options });
  await source.start();
  await waitUntilCaughtUp(source, broker, { url: database.url, prefix: topicPrefix });
  await source.stop();
}

async function rowsOf(prefix: string, table: string): Promise<string[]> {
  const records = await recordsOf(broker, `${prefix}.${database.name}.${table}`);
  return records.map(({ key, value, headers }) => `${headers.op} ${key} ${value}`);
}

describe.each([...TABLES, 'k_prefix'])('%s', (table) => {
  test('read in chunks, every row comes once and as it does at one point', async () => {
    const [[{ count }]] = (await database.connection.query(`SELECT COUNT(*) count FROM ${table}`)) as unknown as [
      [{ count: number }],
    ];
    const point = await rowsOf('point', table);

    expect(point).toHaveLength(count);
    expect(count).toBeGreaterThan(5);
    expect((await rowsOf('chunks', table)).toSorted()).toEqual(point.toSorted());
    expect((await rowsOf('single', table)).toSorted()).toEqual(point.toSorted());
  });
});
