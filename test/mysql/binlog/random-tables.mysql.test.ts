import fc from 'fast-check';
import type { Connection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MysqlBinlogReader } from '../../../src/mysql/binlog/mysql-binlog-reader.ts';
import { parseMysqlUrl } from '../../../src/mysql/connection/mysql-address.ts';
import { MysqlConnection } from '../../../src/mysql/connection/mysql-connection.ts';
import type { TableSchema } from '../../../src/mysql/schema/column-schema.ts';
import { readTableSchemas } from '../../../src/mysql/schema/read-table-schemas.ts';
import { selectStatement } from '../../../src/mysql/snapshot/select-statement.ts';
import { CharsetDecoders } from '../../../src/mysql/values/charset-decoder.ts';
import { RowCodec, type BinlogRow } from '../../../src/mysql/values/row-codec.ts';
import {
  connectTo,
  createTestDatabase,
  startPrivateMySqlServer,
  type PrivateMySqlServer,
  type TestDatabase,
} from '../../support/mysql.ts';
import { randomTable, type RandomTable } from './support/random-table.ts';

/** Tables in each mode; set it to thousands for a long run. */
const TABLES = Number(process.env['MILLRACE_RANDOM_TABLES'] ?? 30);

const charsets = new CharsetDecoders();
const codecOptions = { bigint: 'bigint', decoderOf: (charset: string) => charsets.get(charset) } as const;
let server: PrivateMySqlServer;

beforeAll(async () => {
  server = await startPrivateMySqlServer();
});
afterAll(() => server[Symbol.asyncDispose]());

describe.each(['FULL', 'MINIMAL'])('with binlog_row_metadata %s', (metadata) => {
  test('random tables come from the binlog as they are selected', { timeout: 3_600_000 }, async () => {
    await using fixture = await openFixture(metadata);

    await fc.assert(
      fc.asyncProperty(randomTable, async (table) => {
        const { streamed, selected } = await fixture.compare(table);
        expect(streamed).toEqual(selected);
      }),
      { numRuns: TABLES, endOnFailure: true },
    );
  });
});

async function openFixture(metadata: string) {
  const admin = await connectTo(server.url);
  await admin.query(`SET GLOBAL binlog_row_metadata = ${metadata}`);
  await admin.end();
  const database = await createTestDatabase(server.url);
  await database.connection.query('CREATE TABLE done (id INT PRIMARY KEY)');
  const queries = await MysqlConnection.open(parseMysqlUrl(server.url));
  const reader = await openReader(database, queries);
  let markers = 0;
  return {
    async compare(table: RandomTable) {
      const marker = ++markers;
      await change(database, table, marker);
      const streamed = await replay(reader, marker);
      const selected = await select(queries, database.name);
      return { streamed, selected };
    },
    async [Symbol.asyncDispose]() {
      await reader.close();
      queries.destroy();
      await database[Symbol.asyncDispose]();
    },
  };
}

async function openReader(database: TestDatabase, queries: MysqlConnection): Promise<MysqlBinlogReader> {
  const collations = await queries.query('SELECT ID, CHARACTER_SET_NAME FROM information_schema.COLLATIONS');
  const charsetOf = new Map(collations.map(([id, charset]) => [Number(id), charset as string]));
  const reader = new MysqlBinlogReader({
    address: parseMysqlUrl(server.url),
    tables: ['t', 'done'].map((table) => ({ database: database.name, table })),
    queueBytes: 1 << 20,
    naming: {
      charsetOf: (id) => charsetOf.get(id) ?? 'utf8mb4',
      decode: (charset, bytes) => charsets.get(charset)(bytes),
    },
    describe: async (table) => (await readTableSchemas(queries, [table]))[0] as TableSchema,
  });
  const [[executed] = []] = await queries.query('SELECT @@GLOBAL.gtid_executed');
  await reader.open(executed ?? '');
  return reader;
}

async function change(database: TestDatabase, table: RandomTable, marker: number): Promise<void> {
  const session: Connection = await connectTo(database.url);
  const columns = table.columns.map((type, index) => `c${index} ${type}`);
  await session.query(
    `SET sql_mode = 'ALLOW_INVALID_DATES', time_zone = '+00:00'; ${table.settings.map((setting) => `SET SESSION ${setting}`).join(';')};
     DROP TABLE IF EXISTS t; CREATE TABLE t (id INT PRIMARY KEY, ${columns.join(', ')}) CHARACTER SET utf8mb4`,
  );
  // What a random value cannot be, such as JSON_SET of what is no document, changes nothing.
  for (const statement of table.statements) await session.query(statement).catch(() => undefined);
  await session.query(`INSERT INTO done VALUES (${marker})`);
  await session.end();
}

/** The rows that remain when the changes up to the marker are done one after the other. */
async function replay(reader: MysqlBinlogReader, marker: number): Promise<string[]> {
  const rows = new Map<unknown, { row: BinlogRow; table: TableSchema }>();
  for (;;) {
    for (const event of await reader.read(1000)) {
      if (event.kind !== 'rows') continue;
      if (event.table.table === 'done') {
        if (event.rows[0]?.[0] === marker) return encode(rows);
        continue;
      }
      for (const [index, row] of event.rows.entries()) {
        const before = event.before[index] ?? row;
        const known = rows.get(before[0])?.row;
        rows.delete(before[0]);
        if (event.operation === 'delete') continue;
        const merged = event.table.columns.map((_column, at) => (row[at] === undefined ? known?.[at] : row[at]));
        rows.set(merged[0], { row: merged, table: event.table });
      }
    }
  }
}

function encode(rows: ReadonlyMap<unknown, { row: BinlogRow; table: TableSchema }>): string[] {
  return [...rows.values()]
    .map(({ row, table }) => new RowCodec(table, codecOptions).encodeBinlogValue(row))
    .toSorted();
}

async function select(queries: MysqlConnection, database: string): Promise<string[]> {
  const [schema] = await readTableSchemas(queries, [{ database, table: 't' }]);
  const codec = new RowCodec(schema as TableSchema, codecOptions);
  const rows: string[] = [];
  for await (const batch of queries.readBatches(selectStatement(schema as TableSchema), {
    maxRows: 1000,
    maxBytes: 1 << 20,
  }))
    for (const row of batch) rows.push(codec.encodeTextValue(row));
  return rows.toSorted();
}
