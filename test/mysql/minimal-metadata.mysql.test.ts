import { readFile } from 'node:fs/promises';
import type { Connection } from 'mysql2/promise';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import { connectTo, startPrivateMySqlServer, type PrivateMySqlServer } from '../support/mysql.ts';
import { committedOffset, createSource, latestOf, recordsOf, waitUntilCaughtUp } from './support/capture.ts';

let server: PrivateMySqlServer;
let connection: Connection;
let broker: EmbeddedBroker;

beforeAll(async () => {
  server = await startPrivateMySqlServer({ options: ['--binlog-row-metadata=MINIMAL'] });
  connection = await connectTo(server.url);
  await connection.query('CREATE DATABASE shop; USE shop');
});

afterAll(async () => {
  connection.destroy();
  await server[Symbol.asyncDispose]();
});

beforeEach(async () => {
  broker = await EmbeddedBroker.inMemory();
  return () => broker.close();
});

async function capture(tables: readonly string[], topicPrefix = 'my') {
  const names = tables.map((table) => ({ database: 'shop', table }));
  const source = createSource({ broker, url: server.url, tables: names, topicPrefix });
  await source.start();
  await waitUntilCaughtUp(source, broker, { url: server.url, prefix: topicPrefix });
  return source;
}

const valuesOf = async (table: string) => (await recordsOf(broker, `my.shop.${table}`)).map(({ value }) => value);

describe('with binlog_row_metadata = MINIMAL', () => {
  test('every type is streamed as it is snapshotted, byte for byte', { timeout: 180_000 }, async () => {
    await connection.query(await readFile(new URL('fixtures/all-types.schema.sql', import.meta.url), 'utf8'));
    const [rows] = await connection.query('SHOW TABLES LIKE "t\\_%"');
    const tables = (rows as object[]).map((row) => String(Object.values(row)[0]));
    const streaming = await capture(tables, 'streamed');
    await connection.query(await readFile(new URL('fixtures/all-types.rows.sql', import.meta.url), 'utf8'));
    await waitUntilCaughtUp(streaming, broker, { url: server.url, prefix: 'streamed' });
    await streaming.stop();
    await (await capture(tables, 'snapshotted')).stop();

    expect(tables.length).toBeGreaterThan(10);
    for (const table of tables) {
      const streamed = await latestOf(broker, `streamed.shop.${table}`);
      expect(streamed.size, table).toBeGreaterThan(0);
      expect(Object.fromEntries(streamed), table).toEqual(
        Object.fromEntries(await latestOf(broker, `snapshotted.shop.${table}`)),
      );
    }
  });

  test('a table that is altered while it is streamed has its new columns from there on, and after a restart', async () => {
    await connection.query('CREATE TABLE altered (id INT PRIMARY KEY, a INT, b INT)');
    const source = await capture(['altered']);
    await connection.query('INSERT INTO altered VALUES (1, 10, 20)');
    await connection.query('ALTER TABLE altered RENAME COLUMN a TO b, RENAME COLUMN b TO a');
    await connection.query('INSERT INTO altered VALUES (2, 10, 20)');
    await waitUntilCaughtUp(source, broker, { url: server.url });
    await connection.query("ALTER TABLE altered DROP COLUMN a, ADD COLUMN kind ENUM('x','y')");
    await connection.query("INSERT INTO altered VALUES (3, 10, 'y')");
    await waitUntilCaughtUp(source, broker, { url: server.url });
    await source.stop();
    await connection.query("INSERT INTO altered VALUES (4, 10, 'x')");
    await (await capture(['altered'])).stop();

    expect(await valuesOf('altered')).toEqual([
      '{"id":1,"a":10,"b":20}',
      '{"id":2,"b":10,"a":20}',
      '{"id":3,"b":10,"kind":"y"}',
      '{"id":4,"b":10,"kind":"x"}',
    ]);
  });

  test('a table that is altered once while the source is away is told before and after', async () => {
    await connection.query('CREATE TABLE once (id INT PRIMARY KEY, a INT, b INT)');
    await (await capture(['once'])).stop();
    await connection.query('INSERT INTO once VALUES (1, 10, 20)');
    await connection.query('ALTER TABLE once RENAME COLUMN a TO b, RENAME COLUMN b TO a');
    await connection.query('INSERT INTO once VALUES (2, 10, 20)');
    await (await capture(['once'])).stop();

    expect(await valuesOf('once')).toEqual(['{"id":1,"a":10,"b":20}', '{"id":2,"b":10,"a":20}']);
    expect((await committedOffset(broker))?.schemas.get('shop.once')?.columns.map(({ name }) => name)).toEqual([
      'id',
      'b',
      'a',
    ]);
  });

  test.each([
    [
      'altered again behind rows, although the types are the same',
      'ALTER TABLE wrong RENAME COLUMN a TO b, RENAME COLUMN b TO a; INSERT INTO wrong VALUES (1, 1, 1); ALTER TABLE wrong RENAME COLUMN a TO c',
    ],
    [
      'altered behind the back of the binlog',
      'SET sql_log_bin = 0; ALTER TABLE wrong MODIFY a BIGINT; SET sql_log_bin = 1; INSERT INTO wrong VALUES (1, 1, 1)',
    ],
  ])('a table that was %s stops the source before those rows', async (_, statements) => {
    await connection.query('DROP TABLE IF EXISTS wrong; CREATE TABLE wrong (id INT PRIMARY KEY, a INT, b INT)');
    await (await capture(['wrong'])).stop();
    await connection.query(statements);
    const source = createSource({ broker, url: server.url, tables: [{ database: 'shop', table: 'wrong' }] });
    await source.start();

    await expect(source.finished).rejects.toMatchObject({
      code: 'MYSQL_SCHEMA_MISMATCH',
      context: {
        table: 'shop.wrong',
        gtid: expect.stringMatching(/:\d+$/) as string,
        file: expect.stringMatching(/^binlog\./) as string,
      },
    });
    expect(await valuesOf('wrong')).toEqual([]);
  });
});
