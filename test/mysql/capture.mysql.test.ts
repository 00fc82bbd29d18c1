import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import type { Broker } from '../../src/broker/port.ts';
import type { MySqlSource, MySqlSourceOptions } from '../../src/mysql/source/mysql-source.ts';
import { createTestDatabase, type TestDatabase } from '../support/mysql.ts';
import { createSource, latestOf, recordsOf, waitUntilCaughtUp } from './support/capture.ts';

let database: TestDatabase;
let broker: Broker;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database[Symbol.asyncDispose]());

beforeEach(async () => {
  broker = await EmbeddedBroker.inMemory();
  return () => broker.close();
});

/** A source of these tables that has caught up. */
async function capture(tables: readonly string[], options: Partial<MySqlSourceOptions> = {}): Promise<MySqlSource> {
  const names = tables.map((table) => ({ database: database.name, table }));
  const source = createSource({ broker, url: database.url, tables: names, ...options });
  await source.start();
  await caughtUp(source);
  return source;
}

const caughtUp = (source: MySqlSource) => waitUntilCaughtUp(source, broker, { url: database.url });
const sql = (text: string) => database.connection.query(text);
const topic = (table: string) => `my.${database.name}.${table}`;

describe('records', () => {
  test('a snapshotted row has op r, the GTID set of the snapshot and its time', async () => {
    await sql(
      "CREATE TABLE snapshotted (id INT PRIMARY KEY, name VARCHAR(20)); INSERT INTO snapshotted VALUES (1, 'Ada')",
    );
    const source = await capture(['snapshotted']);
    await source.stop();

    const [record] = await recordsOf(broker, topic('snapshotted'));

    expect(record).toMatchObject({ key: '1', value: '{"id":1,"name":"Ada"}', headers: { op: 'r' } });
    expect(record?.headers.gtid).toMatch(/^[0-9a-f-]{36}:1-\d+/);
    expect(record?.headers.ts_ms).toBe(String(record?.timestamp));
  });

  test('inserts, updates and deletes come with their GTID and commit time, a delete as a tombstone', async () => {
    await sql('CREATE TABLE changed (id INT PRIMARY KEY, n INT)');
    const source = await capture(['changed']);
    await sql('INSERT INTO changed VALUES (1, 10)');
    await sql('UPDATE changed SET n = 11');
    await sql('DELETE FROM changed');
    await caughtUp(source);
    await source.stop();

    const records = await recordsOf(broker, topic('changed'));

    expect(records.map(({ key, value, headers }) => [headers.op, key, value])).toEqual([
      ['c', '1', '{"id":1,"n":10}'],
      ['u', '1', '{"id":1,"n":11}'],
      ['d', '1', null],
    ]);
    expect(new Set(records.map(({ headers }) => headers.gtid)).size).toBe(3);
    expect(records.every(({ timestamp }) => timestamp % 1000 === 0)).toBe(false);
  });

  test('an update of the primary key is a tombstone for the old key and the row under the new one', async () => {
    await sql('CREATE TABLE moved (id INT PRIMARY KEY, n INT); INSERT INTO moved VALUES (1, 10)');
    const source = await capture(['moved']);
    await sql('UPDATE moved SET id = 2');
    await caughtUp(source);
    await source.stop();

    const records = await recordsOf(broker, topic('moved'));

    expect(records.slice(1).map(({ key, value, headers }) => [headers.op, key, value])).toEqual([
      ['d', '1', null],
      ['u', '2', '{"id":2,"n":10}'],
    ]);
  });

  test('the key of several columns is an object in key order, that of one column its value', async () => {
    await sql("CREATE TABLE pairs (b VARCHAR(5), a INT, PRIMARY KEY (a, b)); INSERT INTO pairs VALUES ('x', 1)");
    await sql("CREATE TABLE texts (id VARCHAR(5) PRIMARY KEY); INSERT INTO texts VALUES ('ü\"')");
    const source = await capture(['pairs', 'texts']);
    await source.stop();

    expect((await recordsOf(broker, topic('pairs')))[0]).toMatchObject({
      key: '{"a":1,"b":"x"}',
      value: '{"b":"x","a":1}',
    });
    expect((await recordsOf(broker, topic('texts')))[0]?.key).toBe(String.raw`"ü\""`);
  });

  test('a unique key of NOT NULL columns stands in for a missing primary key, and without one the key is null', async () => {
    await sql('CREATE TABLE stand_in (a INT NOT NULL UNIQUE, b INT); INSERT INTO stand_in VALUES (7, 1)');
    await sql('CREATE TABLE keyless (a INT, b INT)');
    const source = await capture(['stand_in', 'keyless']);
    await sql('INSERT INTO keyless VALUES (1, 1); DELETE FROM keyless; DELETE FROM stand_in');
    await caughtUp(source);
    await source.stop();

    const standIn = await recordsOf(broker, topic('stand_in'));
    const keyless = await recordsOf(broker, topic('keyless'));

    expect(standIn.map(({ key, value }) => [key, value])).toEqual([
      ['7', '{"a":7,"b":1}'],
      ['7', null],
    ]);
    expect(keyless.map(({ key, value, headers }) => [headers.op, key, value])).toEqual([
      ['c', null, '{"a":1,"b":1}'],
      ['d', null, '{"a":1,"b":1}'],
    ]);
  });

  test("a BIGINT is a string under bigint: 'string', its digits under 'bigint', a plain number under 'error' while safe", async () => {
    await sql('CREATE TABLE big (id BIGINT PRIMARY KEY); INSERT INTO big VALUES (5), (9007199254740991)');
    const values: { [policy: string]: (string | null)[] } = {};
    for (const bigint of ['error', 'string', 'bigint'] as const) {
      const source = createSource({
        broker,
        url: database.url,
        tables: [{ database: database.name, table: 'big' }],
        bigint,
        topicPrefix: bigint,
      });
      await source.start();
      await waitUntilCaughtUp(source, broker, { url: database.url, prefix: bigint });
      await source.stop();
      values[bigint] = (await recordsOf(broker, `${bigint}.${database.name}.big`)).map(({ value }) => value);
    }

    expect(values).toEqual({
      error: ['{"id":5}', '{"id":9007199254740991}'],
      string: ['{"id":"5"}', '{"id":"9007199254740991"}'],
      bigint: ['{"id":5}', '{"id":9007199254740991}'],
    });
  });

  test('records of one key are all in the partition of that key', async () => {
    await sql('CREATE TABLE spread (id INT PRIMARY KEY, n INT)');
    const source = await capture(['spread'], { partitions: 4 });
    for (let id = 0; id < 40; id++) await sql(`INSERT INTO spread VALUES (${id}, 0)`);
    await sql('UPDATE spread SET n = 1');
    await caughtUp(source);
    await source.stop();

    const latest = await latestOf(broker, topic('spread'));

    expect(latest.size).toBe(40);
    expect([...latest.values()].every((value) => value.endsWith('"n":1}'))).toBe(true);
  });
});

describe('resume', () => {
  test('after a stop the changes made meanwhile come, each once', async () => {
    await sql('CREATE TABLE resumed (id INT PRIMARY KEY); INSERT INTO resumed VALUES (1)');
    await (await capture(['resumed'])).stop();
    await sql('INSERT INTO resumed VALUES (2)');
    await sql('DELETE FROM resumed WHERE id = 1');
    await (await capture(['resumed'])).stop();

    const records = await recordsOf(broker, topic('resumed'));

    expect(records.map(({ key, headers }) => `${headers.op}${key}`)).toEqual(['r1', 'c2', 'd1']);
  });

  test('a transaction larger than a broker transaction comes in parts, and goes on in its middle', async () => {
    await sql('CREATE TABLE large (id INT PRIMARY KEY)');
    const source = await capture(['large'], { commitRecords: 100 });
    const ids = Array.from({ length: 2500 }, (_, id) => `(${id})`).join(',');
    await sql(`INSERT INTO large VALUES ${ids}`);
    // Stops as soon as a part of it is there.
    while (source.status().rowsEmitted < 100) await new Promise((resolve) => setImmediate(resolve));
    await source.stop();
    const resumed = await capture(['large'], { commitRecords: 100 });
    await resumed.stop();

    const keys = (await recordsOf(broker, topic('large'))).map(({ key }) => Number(key));

    expect(keys).toEqual(Array.from({ length: 2500 }, (_, id) => id));
  });

  test('a table added later is snapshotted then, and its changes before that are not repeated', async () => {
    await sql('CREATE TABLE early (id INT PRIMARY KEY); CREATE TABLE late (id INT PRIMARY KEY)');
    await (await capture(['early'])).stop();
    await sql('INSERT INTO late VALUES (1), (2)');
    await sql('DELETE FROM late WHERE id = 2');
    await sql('INSERT INTO early VALUES (1)');
    const source = await capture(['early', 'late']);
    await sql('INSERT INTO late VALUES (3)');
    await caughtUp(source);
    await source.stop();

    const late = await recordsOf(broker, topic('late'));

    expect(late.map(({ key, headers }) => `${headers.op}${key}`)).toEqual(['r1', 'c3']);
    expect((await recordsOf(broker, topic('early'))).map(({ key, headers }) => `${headers.op}${key}`)).toEqual(['c1']);
  });

  test('a table taken up again gets tombstones for what was deleted while nobody looked', async () => {
    await sql('CREATE TABLE first_table (id INT PRIMARY KEY); CREATE TABLE left_out (id INT PRIMARY KEY)');
    await sql('INSERT INTO left_out VALUES (1), (2)');
    await (await capture(['first_table', 'left_out'])).stop();
    await (await capture(['first_table'])).stop();
    await sql('DELETE FROM left_out WHERE id = 1');
    const without = await capture(['first_table']);
    await sql('INSERT INTO first_table VALUES (1)');
    await caughtUp(without);
    await without.stop();
    await (await capture(['first_table', 'left_out'])).stop();

    expect([...(await latestOf(broker, topic('left_out'))).keys()]).toEqual(['2']);
  });

  test('a snapshot that was stopped in its middle is made anew, and deletions in between are not lost', async () => {
    await sql('CREATE TABLE broken_off (id INT PRIMARY KEY, filler VARCHAR(2000))');
    const rows = Array.from({ length: 3000 }, (_, id) => `(${id}, REPEAT('x', 2000))`).join(',');
    await sql(`INSERT INTO broken_off VALUES ${rows}`);
    const first = createSource({
      broker,
      url: database.url,
      tables: [{ database: database.name, table: 'broken_off' }],
      commitRecords: 100,
    });
    await first.start();
    while (first.status().rowsEmitted === 0) await new Promise((resolve) => setImmediate(resolve));
    await first.stop();
    const written = (await recordsOf(broker, topic('broken_off'))).length;
    await sql('DELETE FROM broken_off WHERE id < 50');
    await (await capture(['broken_off'])).stop();

    expect(written).toBeLessThan(3000);
    expect((await latestOf(broker, topic('broken_off'))).size).toBe(2950);
  });

  test('a connection that the server cuts is made anew, and nothing is lost or doubled', async () => {
    await sql('CREATE TABLE cut (id INT PRIMARY KEY)');
    const source = await capture(['cut'], { serverId: 4_000_000_001 });
    await sql('INSERT INTO cut VALUES (1)');
    const [threads] = (await sql(
      "SELECT ID FROM performance_schema.processlist WHERE COMMAND LIKE 'Binlog Dump%'",
    )) as unknown as [{ ID: number }[]];
    for (const { ID } of threads) await sql(`KILL ${ID}`);
    await sql('INSERT INTO cut VALUES (2)');
    await caughtUp(source);
    await source.stop();

    expect((await recordsOf(broker, topic('cut'))).map(({ key }) => key)).toEqual(['1', '2']);
  });

  test('a snapshot whose connection the server cuts is made anew', async () => {
    await sql('CREATE TABLE interrupted (id INT PRIMARY KEY, filler VARCHAR(2000))');
    const rows = Array.from({ length: 4000 }, (_, id) => `(${id}, REPEAT('x', 2000))`).join(',');
    await sql(`INSERT INTO interrupted VALUES ${rows}`);
    const tables = [{ database: database.name, table: 'interrupted' }];
    const source = createSource({ broker, url: database.url, tables, commitRecords: 100 });
    await source.start();
    while (source.status().rowsEmitted === 0) await new Promise((resolve) => setImmediate(resolve));
    const [threads] = (await sql(
      "SELECT ID FROM performance_schema.processlist WHERE INFO LIKE '%`interrupted`%' AND ID <> CONNECTION_ID()",
    )) as unknown as [{ ID: number }[]];
    for (const { ID } of threads) await sql(`KILL ${ID}`);
    await sql('DELETE FROM interrupted WHERE id < 1000');
    await caughtUp(source);
    await source.stop();

    expect((await latestOf(broker, topic('interrupted'))).size).toBe(3000);
  });

  test('a second source with the same prefix takes over, and the first one ends', async () => {
    await sql('CREATE TABLE taken (id INT PRIMARY KEY)');
    const first = await capture(['taken']);
    const second = await capture(['taken']);
    await sql('INSERT INTO taken VALUES (1)');

    await expect(first.finished).rejects.toMatchObject({ code: 'PRODUCER_FENCED' });
    await caughtUp(second);
    await second.stop();
    expect(first.status().state).toBe('failed');
    expect((await recordsOf(broker, topic('taken'))).map(({ key }) => key)).toEqual(['1']);
  });

  test('the offset advances while only other tables change', async () => {
    await sql('CREATE TABLE idle (id INT PRIMARY KEY); CREATE TABLE busy (id INT PRIMARY KEY)');
    const source = await capture(['idle']);
    const before = source.status().gtidSet;
    await sql('INSERT INTO busy VALUES (1)');
    await caughtUp(source);
    await source.stop();

    expect(source.status().gtidSet).not.toBe(before);
  });
});

describe('XA transactions', () => {
  test('rows of a prepared transaction come when it is committed, and never when it is rolled back', async () => {
    await sql('CREATE TABLE distributed (id INT PRIMARY KEY)');
    const source = await capture(['distributed']);
    await sql("XA START 'kept'; INSERT INTO distributed VALUES (1); XA END 'kept'; XA PREPARE 'kept'");
    await caughtUpTo(source, 'nothing');
    await sql("XA COMMIT 'kept'");
    await sql("XA START 'dropped'; INSERT INTO distributed VALUES (2); XA END 'dropped'; XA PREPARE 'dropped'");
    await sql("XA ROLLBACK 'dropped'");
    await sql("XA START 'short'; INSERT INTO distributed VALUES (3); XA END 'short'; XA COMMIT 'short' ONE PHASE");
    await caughtUp(source);
    await source.stop();

    expect((await recordsOf(broker, topic('distributed'))).map(({ key }) => key)).toEqual(['1', '3']);
  });

  test('a transaction that is prepared before a restart and committed after it is not lost', async () => {
    await sql('CREATE TABLE across (id INT PRIMARY KEY); CREATE TABLE marker (id INT PRIMARY KEY)');
    const source = await capture(['across', 'marker']);
    await sql("XA START 'over'; INSERT INTO across VALUES (1); XA END 'over'; XA PREPARE 'over'");
    await sql("XA COMMIT 'over'").catch(() => undefined);
    await caughtUp(source);
    await sql("XA START 'again'; INSERT INTO across VALUES (2); XA END 'again'; XA PREPARE 'again'");
    await caughtUpTo(source, 'nothing');
    await source.stop();
    await sql("XA COMMIT 'again'");
    await (await capture(['across', 'marker'])).stop();

    expect((await recordsOf(broker, topic('across'))).map(({ key }) => key)).toEqual(['1', '2']);
  });

  /** With a prepared transaction the source never has all GTIDs: another connection's row is waited for instead. */
  async function caughtUpTo(source: MySqlSource, _what: string): Promise<void> {
    await using other = await createTestDatabase();
    await other.connection.query('CREATE TABLE tick (id INT PRIMARY KEY)');
    const [rows] = (await other.connection.query('SELECT @@server_uuid uuid, @@gtid_executed executed')) as unknown as [
      { uuid: string; executed: string }[],
    ];
    const last = Number(/(\d+)$/.exec(rows[0]?.executed ?? '')?.[1]);
    const reached = () => Number(/(\d+)$/.exec(source.status().gtidSet)?.[1] ?? 0) >= last;
    while (!reached()) await new Promise((resolve) => setImmediate(resolve));
  }
});

describe('statements', () => {
  test('of every kind leave the topics as the tables are', async () => {
    await sql('CREATE TABLE parents (id INT PRIMARY KEY, n INT); CREATE TABLE heap (id INT) ENGINE = MyISAM');
    await sql(
      'CREATE TABLE children (id INT PRIMARY KEY, parent INT, FOREIGN KEY (parent) REFERENCES parents (id) ON DELETE CASCADE ON UPDATE CASCADE)',
    );
    const source = await capture(['parents', 'children']);
    await sql(
      'INSERT INTO parents VALUES (1, 1), (2, 2), (3, 3), (4, 4); INSERT INTO children VALUES (1, 1), (2, 1), (3, 2), (4, 3)',
    );
    await sql('DELETE FROM parents WHERE id = 1; UPDATE parents SET id = 20 WHERE id = 2');
    await sql('REPLACE INTO parents VALUES (4, 40); INSERT INTO parents VALUES (4, 0) ON DUPLICATE KEY UPDATE n = 41');
    await sql('UPDATE parents p JOIN children c ON c.parent = p.id SET p.n = 99, c.id = c.id + 10');
    await sql(
      'BEGIN; INSERT INTO parents VALUES (5, 5); SAVEPOINT s; INSERT INTO parents VALUES (6, 6); ROLLBACK TO s; COMMIT',
    );
    await sql('BEGIN; INSERT INTO heap VALUES (1); INSERT INTO parents VALUES (7, 7); ROLLBACK');
    await sql(
      'CREATE TABLE copied SELECT * FROM parents; CREATE TEMPORARY TABLE parents_t (id INT); DROP TEMPORARY TABLE parents_t',
    );
    await caughtUp(source);
    await source.stop();

    for (const table of ['parents', 'children']) {
      const [rows] = (await sql(`SELECT * FROM ${table}`)) as unknown as [{ id: number }[]];
      const expected = rows.map((row) => [String(row.id), JSON.stringify(row)]);
      expect(Object.fromEntries(await latestOf(broker, topic(table)))).toEqual(Object.fromEntries(expected));
    }
  });

  test('that change children through foreign keys unlogged have the children read anew', async () => {
    await sql('CREATE TABLE owners (id INT PRIMARY KEY); CREATE TABLE accounts (id INT PRIMARY KEY, owner INT, n INT)');
    await sql(
      'ALTER TABLE accounts ADD FOREIGN KEY (owner) REFERENCES owners (id) ON DELETE CASCADE ON UPDATE SET NULL',
    );
    await sql('CREATE TABLE bookings (id INT PRIMARY KEY, account INT)');
    await sql('ALTER TABLE bookings ADD FOREIGN KEY (account) REFERENCES accounts (id) ON DELETE CASCADE');
    await sql('INSERT INTO owners VALUES (1), (2), (3); INSERT INTO accounts VALUES (1, 1, 0), (2, 2, 0), (3, 3, 0)');
    await sql('INSERT INTO bookings VALUES (10, 1), (20, 2), (30, 3)');
    const source = await capture(['accounts', 'bookings']);
    await sql('UPDATE accounts SET n = 1; DELETE FROM owners WHERE id = 1; UPDATE owners SET id = 22 WHERE id = 2');
    await sql('UPDATE accounts SET n = 2 WHERE id = 3; DELETE FROM accounts WHERE id = 3');
    await caughtUp(source);
    await source.stop();

    expect([...(await latestOf(broker, topic('accounts'))).values()]).toEqual(['{"id":2,"owner":null,"n":1}']);
    expect([...(await latestOf(broker, topic('bookings'))).values()]).toEqual(['{"id":20,"account":2}']);
  });

  test('a transaction with a tagged GTID comes with its tag, and the source goes on behind it', async (context) => {
    const [versions] = (await sql('SELECT VERSION() AS version')) as unknown as [{ version: string }[]];
    const [major = 0, minor = 0] = (versions[0]?.version ?? '').split('.').map(Number);
    if (major < 8 || (major === 8 && minor < 3)) context.skip();
    await sql('CREATE TABLE tagged (id INT PRIMARY KEY)');
    const source = await capture(['tagged']);
    await sql(
      "SET gtid_next = 'AUTOMATIC:nightly'; INSERT INTO tagged VALUES (1); SET gtid_next = AUTOMATIC; INSERT INTO tagged VALUES (2)",
    );
    await caughtUp(source);
    await source.stop();
    await sql('INSERT INTO tagged VALUES (3)');
    await (await capture(['tagged'])).stop();

    const records = await recordsOf(broker, topic('tagged'));

    expect(records.map(({ key }) => key)).toEqual(['1', '2', '3']);
    expect(records[0]?.headers.gtid).toMatch(/:nightly:\d+$/);
    expect(Math.abs((records[0]?.timestamp ?? 0) - (records[1]?.timestamp ?? 0))).toBeLessThan(10_000);
  });
});

describe('changes of the schema', () => {
  test('a column that is added appears in the rows that follow, and one that is dropped vanishes', async () => {
    await sql('CREATE TABLE altered (id INT PRIMARY KEY, a INT)');
    const source = await capture(['altered']);
    await sql(
      'INSERT INTO altered VALUES (1, 1); ALTER TABLE altered ADD COLUMN b VARCHAR(5) CHARACTER SET cp1250 FIRST',
    );
    await sql("INSERT INTO altered VALUES ('ł', 2, 2); ALTER TABLE altered DROP COLUMN a");
    await sql("INSERT INTO altered VALUES ('z', 3)");
    await caughtUp(source);
    await source.stop();

    expect((await recordsOf(broker, topic('altered'))).map(({ value }) => value)).toEqual([
      '{"id":1,"a":1}',
      '{"b":"ł","id":2,"a":2}',
      '{"b":"z","id":3}',
    ]);
  });

  test.each([
    ['DROP TABLE ended', 'MYSQL_TABLE_DROPPED'],
    ['TRUNCATE ended', 'MYSQL_TABLE_DROPPED'],
    ['RENAME TABLE ended TO elsewhere', 'MYSQL_TABLE_DROPPED'],
    ['ALTER TABLE ended RENAME AS elsewhere', 'MYSQL_TABLE_DROPPED'],
    ['ALTER TABLE ended DROP PRIMARY KEY, ADD PRIMARY KEY (n); INSERT INTO ended VALUES (9, 9)', 'MYSQL_KEY_CHANGED'],
    ['ALTER TABLE ended ADD COLUMN p POINT; INSERT INTO ended VALUES (9, 9, NULL)', 'MYSQL_UNSUPPORTED_COLUMN'],
  ])('%s stops the source with %s, behind everything before it', async (statement, code) => {
    await sql('DROP TABLE IF EXISTS ended, elsewhere; CREATE TABLE ended (id INT PRIMARY KEY, n INT NOT NULL)');
    const source = await capture(['ended']);
    await sql(`INSERT INTO ended VALUES (1, 1); ${statement}`);

    await expect(source.finished).rejects.toMatchObject({ code });
    expect(source.status().state).toBe('failed');
    expect((await recordsOf(broker, topic('ended'))).map(({ key }) => key)).toEqual(['1']);
  });
});

describe('a new snapshot', () => {
  test('of a truncated table gives tombstones for what is gone and goes on behind the TRUNCATE', async () => {
    await sql('CREATE TABLE emptied (id INT PRIMARY KEY); INSERT INTO emptied VALUES (1), (2)');
    const source = await capture(['emptied']);
    await sql('TRUNCATE emptied; INSERT INTO emptied VALUES (2), (3)');
    await expect(source.finished).rejects.toMatchObject({ code: 'MYSQL_TABLE_DROPPED' });
    const again = await capture(['emptied'], { resnapshot: [{ database: database.name, table: 'emptied' }] });
    await sql('INSERT INTO emptied VALUES (4)');
    await caughtUp(again);
    await again.stop();

    expect([...(await latestOf(broker, topic('emptied'))).keys()]).toEqual(['2', '3', '4']);
  });

  test('is asked for when the key was changed while no source ran', async () => {
    await sql('CREATE TABLE rekeyed (id INT PRIMARY KEY, n INT NOT NULL); INSERT INTO rekeyed VALUES (1, 10)');
    await (await capture(['rekeyed'])).stop();
    await sql('ALTER TABLE rekeyed DROP PRIMARY KEY, ADD PRIMARY KEY (n)');

    await expect(capture(['rekeyed'])).rejects.toMatchObject({ code: 'MYSQL_KEY_CHANGED' });
    await (await capture(['rekeyed'], { resnapshot: [{ database: database.name, table: 'rekeyed' }] })).stop();
    expect([...(await latestOf(broker, topic('rekeyed'))).keys()]).toEqual(['10']);
  });
});
