import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import type { Broker } from '../../src/broker/port.ts';
import { parseConnectorConfig } from '../../src/mysql/format/debezium/connector-config.ts';
import { DebeziumFormat } from '../../src/mysql/format/debezium/debezium-format.ts';
import { readToEnd } from '../../src/mysql/source/read-to-end.ts';
import { LocalSchemaRegistry } from '../../src/registry/local-schema-registry.ts';
import { avroType } from '../../src/serde/avro/avro-type.ts';
import { parseExactly } from '../../src/serde/json-integers.ts';
import { createTestDatabase, type TestDatabase } from '../support/mysql.ts';
import { createSource, waitUntilCaughtUp } from './support/capture.ts';

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
  'typed',
];
const AVRO = 'io.confluent.connect.avro.AvroConverter';
const PLAIN = { 'key.converter.schemas.enable': 'false', 'value.converter.schemas.enable': 'false' };
const SETTINGS = {
  'topic.prefix': 'my',
  'provide.transaction.metadata': 'true',
  'bigint.unsigned.handling.mode': 'precise',
  'tombstones.on.delete': 'false',
};

const registry = new LocalSchemaRegistry();
let database: TestDatabase;
let brokers: readonly [json: Broker, avro: Broker];

beforeAll(async () => {
  database = await createTestDatabase();
  brokers = [await EmbeddedBroker.inMemory(), await EmbeddedBroker.inMemory()];
  await runFixture('schema');
  await database.connection.query(
    'CREATE TABLE typed (id INT PRIMARY KEY, n SMALLINT NOT NULL DEFAULT 5, p POINT, g GEOMETRY, v VECTOR(2), m DECIMAL(8,2) DEFAULT 1.50,' +
      " e ENUM('a','b') NOT NULL)",
  );
  const sources = [PLAIN, { 'key.converter': AVRO, 'value.converter': AVRO }].map((converters, index) =>
    createSource({
      broker: brokers[index as 0 | 1],
      url: database.url,
      tables: TABLES.map((table) => ({ database: database.name, table })),
      format: new DebeziumFormat(
        parseConnectorConfig(JSON.stringify({ ...SETTINGS, ...converters })).options,
        () => 1,
        registry,
      ),
    }),
  );
  for (const [index, source] of sources.entries()) {
    await source.start();
    await waitUntilCaughtUp(source, brokers[index as 0 | 1], { url: database.url });
  }
  await runFixture('rows');
  await database.connection.query(
    'INSERT INTO typed VALUES (1, 2, POINT(1, -2.5), POINT(3, 4), STRING_TO_VECTOR("[1.5,-2]"), NULL, "b");' +
      'UPDATE typed SET id = 9, m = -3; DELETE FROM typed; ALTER TABLE typed ADD COLUMN `q"\\\\` TEXT; ALTER TABLE typed DROP COLUMN `q"\\\\`',
  );
  for (const [index, source] of sources.entries()) {
    await waitUntilCaughtUp(source, brokers[index as 0 | 1], { url: database.url });
    await source.stop();
  }
}, 180_000);

afterAll(async () => {
  for (const broker of brokers) await broker.close();
  await database[Symbol.asyncDispose]();
});

describe.each([...TABLES.map((table) => `.${table}`), 'transaction', 'my'])('%s', (name) => {
  test('says the same as Avro and as JSON', async () => {
    const topic = name.startsWith('.') ? `my.${database.name}${name}` : name === 'my' ? 'my' : `my.${name}`;
    const asJson = await recordsOf(brokers[0], topic, (bytes) => parseExactly(bytes.toString(), 'bigint'));
    const asAvro = await recordsOf(brokers[1], topic, decode);

    expect(asJson.length).toBeGreaterThan(0);
    expect(asAvro).toEqual(asJson);
  });
});

test('schemas are those that Confluent’s converter makes of Debezium’s', () => {
  const subject = `my.${database.name}.typed`;
  const namespace = subject;
  const value = JSON.parse(registry.latest(`${subject}-value`)?.schema ?? '') as Schema;
  const key = JSON.parse(registry.latest(`${subject}-key`)?.schema ?? '') as Schema;
  const [before, after, source, transaction] = value.fields;

  expect(key).toEqual({
    type: 'record',
    name: 'Key',
    namespace,
    fields: [{ name: 'id', type: 'int' }],
    'connect.name': `${subject}.Key`,
  });
  expect(value).toMatchObject({
    type: 'record',
    name: 'Envelope',
    namespace,
    'connect.version': 2,
    'connect.name': `${subject}.Envelope`,
  });
  expect(before).toEqual({
    name: 'before',
    default: null,
    type: [
      'null',
      {
        type: 'record',
        name: 'Value',
        'connect.name': `${subject}.Value`,
        fields: [
          { name: 'id', type: 'int' },
          { name: 'n', type: { type: 'int', 'connect.default': 5, 'connect.type': 'int16' }, default: 5 },
          expect.objectContaining({ name: 'p', default: null }),
          expect.objectContaining({ name: 'g', default: null }),
          expect.objectContaining({ name: 'v', default: null }),
          {
            name: 'm',
            type: [
              {
                type: 'bytes',
                scale: 2,
                precision: 8,
                'connect.version': 1,
                'connect.parameters': { scale: '2', 'connect.decimal.precision': '8' },
                'connect.default': '\u0000\u0096',
                'connect.name': 'org.apache.kafka.connect.data.Decimal',
                logicalType: 'decimal',
              },
              'null',
            ],
            default: '\u0000\u0096',
          },
          {
            name: 'e',
            type: {
              type: 'string',
              'connect.version': 1,
              'connect.parameters': { allowed: 'a,b' },
              'connect.name': 'io.debezium.data.Enum',
            },
          },
        ],
      },
    ],
  });
  expect(after).toEqual({ name: 'after', type: ['null', 'Value'], default: null });
  expect(source?.type).toMatchObject({ name: 'Source', namespace: 'io.debezium.connector.mysql' });
  expect(transaction?.type).toMatchObject(['null', { name: 'block', namespace: 'event', 'connect.version': 1 }]);
});

interface Schema {
  readonly fields: readonly { readonly name: string; readonly type: unknown }[];
}

async function recordsOf(broker: Broker, topic: string, read: (bytes: Buffer) => unknown): Promise<unknown[]> {
  const records: unknown[] = [];
  await readToEnd(broker, { topic, partitions: 1 }, ({ key, value }) => {
    records.push([key, value].map((bytes) => (bytes === null ? null : rounded(read(bytes)))));
  });
  return records;
}

/** Decimals as their bytes, which is what JSON has of them. */
function decode(bytes: Buffer): unknown {
  expect(bytes[0]).toBe(0);
  const { schema } = registry.schemaById(bytes.readInt32BE(1));
  const type = avroType(schema.replaceAll('"logicalType":"decimal"', '"logicalType":"none"'), { bigint: 'bigint' });
  return type.fromBuffer(bytes.subarray(5));
}

/** Bytes as base64, and fractions as exact as 32 bits are: JSON has the shortest digits of a FLOAT. */
function rounded(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (typeof value === 'number') return Number.isInteger(value) ? value + 0 : Math.fround(value);
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, rounded(member)]));
}

async function runFixture(part: 'schema' | 'rows'): Promise<void> {
  await database.connection.query(await readFile(new URL(`fixtures/all-types.${part}.sql`, import.meta.url), 'utf8'));
}
