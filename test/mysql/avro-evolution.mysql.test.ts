import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from 'mysql2/promise';
import { describe, expect, test } from 'vitest';
import { startHost } from '../../src/cli/host/host.ts';
import type { Host } from '../../src/cli/host/running-host.ts';
import { StreamsBuilder } from '../../src/dsl/streams-builder.ts';
import { RowFormat } from '../../src/mysql/format/row-format.ts';
import { mysqlTable } from '../../src/mysql/schema/table-descriptor.ts';
import type { MySqlSource } from '../../src/mysql/source/mysql-source.ts';
import { readToEnd } from '../../src/mysql/source/read-to-end.ts';
import { BrokerRegistry } from '../../src/registry/broker-registry.ts';
import { Registry } from '../../src/registry/registry.ts';
import { LocalSchemaRegistry } from '../../src/registry/local-schema-registry.ts';
import { avro } from '../../src/serde/avro/avro-serde.ts';
import { capturedRow } from '../../src/serde/avro/captured-row-serde.ts';
import type { SchemaRegistry } from '../../src/serde/registry/schema-registry.ts';
import type { Serde } from '../../src/serde/serde.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { connectTo, createTestDatabase } from '../support/mysql.ts';
import { latestOf, waitUntilCaughtUp } from './support/capture.ts';
import { useCaptureFixture } from './support/capture-fixture.ts';

const LONG = 180_000;

interface Row {
  readonly [column: string]: unknown;
}

/** Each is made while writers write; `amount` is retyped without another schema, `label` too. */
const ALTERATIONS = [
  "ALTER TABLE orders ADD COLUMN note VARCHAR(20) NOT NULL DEFAULT 'new' FIRST",
  'ALTER TABLE orders RENAME COLUMN extra TO renamed',
  'ALTER TABLE customers ADD COLUMN city VARCHAR(20), MODIFY name VARCHAR(90) NULL',
  'ALTER TABLE orders MODIFY amount BIGINT, MODIFY label TEXT, MODIFY price DECIMAL(10,2)',
  'ALTER TABLE orders DROP COLUMN gone, ADD COLUMN at DATETIME(3) NULL',
];
const STATEMENTS_BETWEEN = 40;
const OLD_COLUMNS = ['amount', 'customer', 'extra', 'gone', 'id', 'label', 'price'];

test(
  'tables change while writers write and a topology joins them as Avro: nothing is lost, nothing starts anew',
  { timeout: LONG },
  async () => {
    await using database = await createTestDatabase();
    const { connection, url, name } = database;
    await connection.query(
      'CREATE TABLE customers (id INT PRIMARY KEY, name VARCHAR(20) NOT NULL);' +
        'CREATE TABLE orders (id INT PRIMARY KEY, customer INT NOT NULL, amount INT NOT NULL, label VARCHAR(20) NOT NULL,' +
        ' price DECIMAL(10,2) NOT NULL, extra INT NULL, gone INT NOT NULL DEFAULT 3);' +
        "INSERT INTO customers VALUES (0, 'a'), (1, 'b'), (2, 'c'); INSERT INTO orders VALUES (1, 1, 10, 'first', 1.50, 7, 8)",
    );
    const directory = await mkdtemp(join(tmpdir(), 'millrace-avro-'));
    const host = await startHost({
      topologies: [joinTopology(name)],
      application: { dataDirectory: directory, commitIntervalMs: 50, partitions: 1 },
      mysql: { mysqlUrl: url, rowEncoding: 'avro' },
      schemaRegistry: { schemaRegistryPort: 0 },
    });
    const writers = [new Writer(await connectTo(url), 0), new Writer(await connectTo(url), 1)];
    try {
      await using registry = await openRegistry(host);
      const topic = `shop.${name}.orders`;
      let oldest: string | undefined;
      for (const alteration of ALTERATIONS) {
        await Promise.all(writers.map((writer) => writer.write(STATEMENTS_BETWEEN)));
        // The change is made in the middle of what they write.
        const writing = writers.map((writer) => writer.write(STATEMENTS_BETWEEN));
        await connection.query(alteration);
        // Who knows the first version only goes on reading, whatever has been written by then.
        oldest ??= (await registry.schemas.versions(`${topic}-value`))[0]?.schema;
        const seen = await readAs(oldest as string, { host, topic, registry: registry.schemas });
        for (const row of seen.values()) expect(Object.keys(row).sort()).toEqual(OLD_COLUMNS);
        await Promise.all(writing);
      }
      await connection.query("UPDATE customers SET city = 'x'; UPDATE orders SET amount = amount + 3000000000");
      await waitUntilCaughtUp(host.source as MySqlSource, host.broker, { url, prefix: 'shop' });
      const expected = await select(connection);
      await expect.poll(() => viewOf(host), { timeout: LONG, interval: 100 }).toEqual(expected);

      expect(expected.size).toBeGreaterThan(10);
      const versions = await registry.schemas.versions(`${topic}-value`);
      // One for each change of columns; retyping has made none.
      expect(versions).toHaveLength(4);
      expect(await readAs(versions[0]?.schema as string, { host, topic, registry: registry.schemas })).toEqual(
        await selectOld(connection),
      );
    } finally {
      for (const writer of writers) writer.close();
      await host.stop();
      await rm(directory, { recursive: true, force: true });
    }
  },
);

describe('a column whose values become another kind, which the registry does not take as it is', () => {
  const fixture = useCaptureFixture();
  const served = Registry.inMemory();
  const registry = new LocalSchemaRegistry(served);
  const create = async (table: string): Promise<void> => {
    await fixture.sql(
      `CREATE TABLE ${table} (id INT PRIMARY KEY, v VARCHAR(20)); INSERT INTO ${table} VALUES (1, 'one')`,
    );
  };

  test('has both kinds under `evolve`, and rows go on', { timeout: LONG }, async () => {
    await create('widened');
    const source = await fixture.capture(['widened'], { format: new RowFormat('my', registry) });
    await fixture.sql(
      'UPDATE widened SET v = 5; ALTER TABLE widened MODIFY v INT; INSERT INTO widened VALUES (2, 22);' +
        'ALTER TABLE widened MODIFY v VARBINARY(9); INSERT INTO widened VALUES (3, 0x01);' +
        "ALTER TABLE widened MODIFY v VARCHAR(20); INSERT INTO widened VALUES (4, 'four'), (5, NULL)",
    );
    await fixture.caughtUp(source);
    await source.stop();

    const serde = capturedRow<Row>();
    expect(await rowsOf(fixture.topic('widened'), serde)).toEqual([
      { id: 1, v: '5' },
      { id: 2, v: 22 },
      { id: 3, v: 'AQ==' },
      { id: 4, v: 'four' },
      { id: 5, v: null },
    ]);
  });

  test.each(['stop', 'evolve'] as const)(
    'ends the source under `%s` where there is no way, with the registry’s words, and it goes on when that is allowed',
    { timeout: LONG },
    async (schemaChanges) => {
      const table = `refused_${schemaChanges}`;
      await fixture.sql(`CREATE TABLE ${table} (id INT PRIMARY KEY, d DATE); INSERT INTO ${table} VALUES (1, NULL)`);
      const options = { format: new RowFormat('my', registry), schemaChanges };
      const source = await fixture.capture([table], options);
      await fixture.sql(
        `ALTER TABLE ${table} MODIFY d DATETIME; INSERT INTO ${table} VALUES (2, '2024-02-29 01:02:03')`,
      );
      const subject = `${fixture.topic(table)}-value`;

      await expect(source.finished).rejects.toMatchObject({
        code: 'MYSQL_SCHEMA_INCOMPATIBLE',
        message: expect.stringMatching(
          /registry to take the new schema.*compatible with those before it: .*d/s,
        ) as string,
        context: { table: `${fixture.database.name}.${table}`, subject },
      });
      await served.setCompatibility(subject, 'NONE');
      const again = await fixture.capture([table], options);
      await again.stop();

      const serde = capturedRow<Row>();
      expect((await rowsOf(fixture.topic(table), serde)).at(-1)).toEqual({ id: 2, d: '2024-02-29T01:02:03' });
    },
  );

  async function rowsOf(topic: string, serde: Serde<Row>): Promise<Row[]> {
    await serde.open?.({ topic, part: 'value', writes: false, registry });
    const latest = new Map<string, Row>();
    await readToEnd(fixture.broker, { topic, partitions: 1 }, ({ key, value }) => {
      latest.set(String(key), serde.deserialize(value as Buffer));
    });
    return [...latest.values()];
  }
});

/** Writes orders, and customers' names; only columns that stay. */
class Writer {
  readonly #connection: Connection;
  readonly #number: number;
  #written = 0;

  constructor(connection: Connection, number: number) {
    this.#connection = connection;
    this.#number = number;
  }

  async write(statements: number): Promise<void> {
    for (let count = 0; count < statements; count++) {
      const n = this.#written++;
      const id = 100 + (n % 17) * 2 + this.#number;
      await this.#connection.query(
        n % 5 === 4
          ? `DELETE FROM orders WHERE id = ${id}`
          : n % 7 === 6
            ? `UPDATE customers SET name = 'n${n}' WHERE id = ${n % 3}`
            : `INSERT INTO orders (id, customer, amount, label, price) VALUES (${id}, ${n % 4}, ${n}, 'l${n}', ${n}.25) ON DUPLICATE KEY UPDATE customer = ${(n + 1) % 4}, amount = ${n}`,
      );
    }
  }

  close(): void {
    this.#connection.destroy();
  }
}

function joinTopology(database: string): Topology {
  const builder = new StreamsBuilder();
  const table = (name: string) =>
    builder.mysqlTable(
      mysqlTable<number, Row>({
        database,
        table: name,
        topicPrefix: 'shop',
        primaryKey: ['id'],
        bigint: 'error',
        columns: {},
      }),
    );
  table('orders')
    .join(table('customers'), {
      name: 'with-customer',
      foreignKey: (order) => order['customer'] as number,
      join: (order, customer) => ({ ...order, customer }),
    })
    .toStream()
    .to('view');
  return builder.build('avro-join');
}

async function viewOf(host: Host): Promise<Map<string, Row>> {
  const view = await latestOf(host.broker, 'view');
  return new Map([...view].map(([key, value]) => [key, JSON.parse(value) as Row]));
}

async function select(connection: Connection): Promise<Map<string, Row>> {
  const [rows] = (await connection.query(
    'SELECT o.id, JSON_OBJECT("note", o.note, "id", o.id, "amount", o.amount, "label", o.label, "price", CAST(o.price AS CHAR), "renamed", o.renamed,' +
      ' "at", o.at, "customer", JSON_OBJECT("id", c.id, "name", c.name, "city", c.city)) AS joined FROM orders o JOIN customers c ON c.id = o.customer',
  )) as unknown as [{ id: number; joined: Row | string }[]];
  return new Map(
    rows.map(({ id, joined }) => [String(id), typeof joined === 'string' ? (JSON.parse(joined) as Row) : joined]),
  );
}

/** As one who knows the first version only has to see the table: what is gone, or has another name, is null. */
async function selectOld(connection: Connection): Promise<Map<string, Row>> {
  const [rows] = (await connection.query(
    'SELECT id, customer, amount, label, CAST(price AS CHAR) AS price, NULL AS extra, NULL AS gone FROM orders',
  )) as unknown as [{ id: number }[]];
  return new Map(rows.map((row) => [String(row.id), { ...row }]));
}

async function readAs(
  schema: string,
  { host, topic, registry }: { host: Host; topic: string; registry: SchemaRegistry },
): Promise<Map<string, Row>> {
  const serde = avro<Row>(schema);
  await serde.open?.({ topic, part: 'value', writes: false, registry });
  const rows = new Map<string, Row>();
  await readToEnd(host.broker, { topic, partitions: 1 }, ({ key, value }) => {
    if (value === null) rows.delete(String(key));
    else rows.set(String(key), { ...serde.deserialize(value) });
  });
  return rows;
}

async function openRegistry(host: Host): Promise<AsyncDisposable & { readonly schemas: SchemaRegistry }> {
  const registry = await BrokerRegistry.open({ broker: host.broker });
  return { schemas: new LocalSchemaRegistry(registry.registry), [Symbol.asyncDispose]: () => registry.close() };
}
