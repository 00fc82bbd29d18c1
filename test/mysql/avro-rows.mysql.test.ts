import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import type { Broker } from '../../src/broker/port.ts';
import { avroFiles } from '../../src/mysql/format/avro/avro-files.ts';
import { RowFormat } from '../../src/mysql/format/row-format.ts';
import { pullTables } from '../../src/mysql/schema/pull-tables.ts';
import type { MySqlSourceOptions } from '../../src/mysql/source/mysql-source.ts';
import { readToEnd } from '../../src/mysql/source/read-to-end.ts';
import { LocalSchemaRegistry } from '../../src/registry/local-schema-registry.ts';
import { capturedRow } from '../../src/serde/avro/captured-row-serde.ts';
import { createTestDatabase, type TestDatabase } from '../support/mysql.ts';
import { createSource, waitUntilCaughtUp } from './support/capture.ts';

const TABLES = ['t_int', 't_dec', 't_flt', 't_bit', 't_time', 't_dt', 't_str', 't_bin', 't_es', 't_json', 't_gen'];
const ALL_TABLES = [...TABLES, 't_names', 't_shape'];

let database: TestDatabase;
let broker: Broker;
const registry = new LocalSchemaRegistry();

beforeAll(async () => {
  database = await createTestDatabase();
  broker = await EmbeddedBroker.inMemory();
  await runFixture('schema', (text) => text);
  await database.connection.query(
    'CREATE TABLE t_shape (id INT PRIMARY KEY, p POINT, g GEOMETRY SRID 4326, v VECTOR(3), `1-a` INT, `1_a` INT)',
  );
  const streaming = [await startSource('json'), await startSource('avro')];
  await runFixture('rows', withPossibleDates);
  await database.connection.query(
    "INSERT INTO t_shape VALUES (1, POINT(1, 2), ST_GeomFromText('POINT(3 4)', 4326), STRING_TO_VECTOR('[1.5,-2.25,3.14]'), 1, 2), (2, NULL, NULL, NULL, NULL, NULL)",
  );
  for (const [index, prefix] of ['json', 'avro'].entries()) {
    const source = streaming[index] as (typeof streaming)[number];
    await waitUntilCaughtUp(source, broker, { url: database.url, prefix });
    await source.stop();
  }
  await (await startSource('avro-snapshot')).stop();
}, 180_000);

afterAll(async () => {
  await broker.close();
  await database[Symbol.asyncDispose]();
});

describe.each(ALL_TABLES)('%s', (table) => {
  test('a row is the same as Avro and as JSON, streamed and snapshotted', async () => {
    const asJson = await rowsOf(`json.${database.name}.${table}`);
    const streamed = await rowsOf(`avro.${database.name}.${table}`);
    const snapshotted = await rowsOf(`avro-snapshot.${database.name}.${table}`);

    expect(asJson.size).toBeGreaterThan(0);
    expect(streamed).toEqual(asJson);
    expect(snapshotted).toEqual(asJson);
  });
});

test('pulled schemas are those that the source registers, and keys are written as theirs say', async () => {
  const options = { url: database.url, database: database.name, topicPrefix: 'avro', bigint: 'bigint' } as const;
  const { tables } = await pullTables({ ...options, tables: ALL_TABLES });
  const files = new Map(avroFiles(tables, options).map(({ name, text }) => [name, JSON.parse(text) as unknown]));

  expect(files.size).toBe(2 * ALL_TABLES.length);
  for (const table of ALL_TABLES) {
    const subject = `avro.${database.name}.${table}-value`;
    expect(files.get(`${subject}.avsc`)).toEqual(JSON.parse(registry.latest(subject)?.schema ?? ''));
    expect(files.get(`avro.${database.name}.${table}-key.avsc`)).toBe('long');
  }
});

test('an impossible date ends a capture as Avro with where it is, and nothing of the value', async () => {
  await database.connection.query(
    "SET sql_mode = 'NO_ENGINE_SUBSTITUTION,ALLOW_INVALID_DATES'; CREATE TABLE impossible (id INT PRIMARY KEY, d DATE); INSERT INTO impossible VALUES (1, '2024-02-31')",
  );
  const source = createSource(optionsOf('impossible', ['impossible']));
  const failed = source.start().then(() => source.finished);

  await expect(failed).rejects.toMatchObject({
    code: 'MYSQL_VALUE_UNREPRESENTABLE',
    message: expect.not.stringContaining('02-31') as string,
    context: { table: `${database.name}.impossible`, column: 'd' },
  });
  await source.stop();
});

/** Captures all tables, with what is there already as a snapshot. */
async function startSource(prefix: string): ReturnType<typeof createSourceOf> {
  const source = await createSourceOf(prefix);
  await source.start();
  await waitUntilCaughtUp(source, broker, { url: database.url, prefix });
  return source;
}

async function createSourceOf(prefix: string) {
  return createSource(optionsOf(prefix, ALL_TABLES));
}

function optionsOf(
  topicPrefix: string,
  tables: readonly string[],
): Parameters<typeof createSource>[0] & Pick<MySqlSourceOptions, 'format'> {
  return {
    broker,
    url: database.url,
    topicPrefix,
    tables: tables.map((table) => ({ database: database.name, table })),
    format: new RowFormat(topicPrefix, topicPrefix === 'json' ? null : registry),
  };
}

async function rowsOf(topic: string): Promise<Map<string, unknown>> {
  const serde = capturedRow({ bigint: 'bigint' });
  await serde.open?.({ topic, part: 'value', writes: false, registry });
  const rows = new Map<string, unknown>();
  await readToEnd(broker, { topic, partitions: 1 }, ({ key, value }) => {
    if (!topic.startsWith('json')) expect(value?.[0]).toBe(0);
    rows.set(String(key), serde.deserialize(value as Buffer));
  });
  return rows;
}

async function runFixture(part: 'schema' | 'rows', edit: (text: string) => string): Promise<void> {
  const text = await readFile(new URL(`fixtures/all-types.${part}.sql`, import.meta.url), 'utf8');
  await database.connection.query(edit(text));
}

/** The fixture has dates that no calendar has; in their place those at the ends of MySQL's. */
function withPossibleDates(sql: string): string {
  return sql
    .replace(/\(2,'0000-00-00',.*,0\),\n/, '')
    .replace("'2024-00-15'", "'0000-03-01'")
    .replace("'2024-01-00 01:02:03'", "'9999-12-31 01:02:03'")
    .replace("'2024-02-31 00:00:00'", "'0000-01-01 00:00:00'");
}
