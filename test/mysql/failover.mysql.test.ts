import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import { connectTo, startPrivateMySqlServer, type PrivateMySqlServer } from '../support/mysql.ts';
import { createSource, latestOf, recordsOf, waitUntilCaughtUp } from './support/capture.ts';

const TABLE = { database: 'shop', table: 'orders' };
const TOPIC = 'my.shop.orders';

let primary: PrivateMySqlServer;
let replica: PrivateMySqlServer;
let broker: EmbeddedBroker;

/** Runs statements on a server. */
async function run(server: PrivateMySqlServer, statements: string): Promise<void> {
  const connection = await connectTo(server.url);
  await connection.query(statements);
  await connection.end();
}

/** Resolves when the replica has what the primary has. */
async function replicated(): Promise<void> {
  const from = await connectTo(primary.url);
  const to = await connectTo(replica.url);
  const [[{ gtids }]] = (await from.query('SELECT @@gtid_executed gtids')) as unknown as [[{ gtids: string }]];
  await to.query(`SELECT WAIT_FOR_EXECUTED_GTID_SET('${gtids.replaceAll('\n', '')}', 20)`);
  await Promise.all([from.end(), to.end()]);
}

beforeAll(async () => {
  const options = ['--binlog-rows-query-log-events=OFF'];
  primary = await startPrivateMySqlServer({ options: [...options, '--server-id=11'] });
  replica = await startPrivateMySqlServer({ options: [...options, '--server-id=12'] });
  await run(primary, 'RESET BINARY LOGS AND GTIDS');
  await run(
    replica,
    `RESET BINARY LOGS AND GTIDS; CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT=${primary.port}, SOURCE_USER='root', ` +
      `SOURCE_AUTO_POSITION=1, GET_SOURCE_PUBLIC_KEY=1; START REPLICA`,
  );
  await run(primary, 'CREATE DATABASE shop; CREATE TABLE shop.orders (id INT PRIMARY KEY, n INT)');
});

afterAll(async () => {
  await primary[Symbol.asyncDispose]();
  await replica[Symbol.asyncDispose]();
});

beforeEach(async () => {
  broker = await EmbeddedBroker.inMemory();
  return () => broker.close();
});

describe('when its server dies, a source goes on at another one with the same history', () => {
  test('behind the last row that it has written, in the middle of a transaction too', async () => {
    const url = `mysql://root@127.0.0.1:${primary.port},127.0.0.1:${replica.port}`;
    const tables = [TABLE];
    await run(primary, 'DELETE FROM shop.orders; INSERT INTO shop.orders VALUES (0, 0)');
    const source = createSource({ broker, url, tables, commitRecords: 10 });
    await source.start();
    await waitUntilCaughtUp(source, broker, { url: primary.url });
    const rows = Array.from({ length: 400 }, (_, index) => `(${index + 1}, 1)`).join(',');
    await run(primary, `INSERT INTO shop.orders VALUES ${rows}`);
    await replicated();
    await primary.kill();
    await run(replica, 'STOP REPLICA; INSERT INTO shop.orders VALUES (1000, 2)');
    await waitUntilCaughtUp(source, broker, { url: replica.url });
    await source.stop();
    await primary.restart();
    await run(replica, 'START REPLICA');

    const records = await recordsOf(broker, TOPIC);
    const ids = records.filter(({ headers }) => headers.op === 'c').map(({ headers }) => headers.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBe(401);
    expect((await latestOf(broker, TOPIC)).size).toBe(402);
  });

  test('and stops with the difference where the other one lacks what it has written, or reads all anew by policy', async () => {
    const stranger = await startPrivateMySqlServer({ options: ['--server-id=13'] });
    try {
      await run(stranger, 'CREATE DATABASE shop; CREATE TABLE shop.orders (id INT PRIMARY KEY, n INT)');
      await run(stranger, 'INSERT INTO shop.orders VALUES (5, 5)');
      const first = createSource({ broker, url: primary.url, tables: [TABLE] });
      await first.start();
      await waitUntilCaughtUp(first, broker, { url: primary.url });
      await first.stop();

      const elsewhere = createSource({ broker, url: stranger.url, tables: [TABLE] });
      await expect(elsewhere.start()).rejects.toMatchObject({
        code: 'MYSQL_HISTORY_DIVERGED',
        message: expect.stringMatching(/[0-9a-f-]{36}:1-\d+/) as string,
      });
      const anew = createSource({ broker, url: stranger.url, tables: [TABLE], snapshotMode: 'when_needed' });
      await anew.start();
      await waitUntilCaughtUp(anew, broker, { url: stranger.url });
      await anew.stop();
      expect([...(await latestOf(broker, TOPIC)).keys()]).toEqual(['5']);
    } finally {
      await stranger[Symbol.asyncDispose]();
    }
  });
});
