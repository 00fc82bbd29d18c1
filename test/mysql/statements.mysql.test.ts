import { describe, expect, test } from 'vitest';
import { useCaptureFixture } from './support/capture-fixture.ts';
import { latestOf, recordsOf } from './support/capture.ts';

const fixture = useCaptureFixture();
const { capture, caughtUp, sql, topic } = fixture;

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
      expect(Object.fromEntries(await latestOf(fixture.broker, topic(table)))).toEqual(Object.fromEntries(expected));
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

    expect([...(await latestOf(fixture.broker, topic('accounts'))).values()]).toEqual(['{"id":2,"owner":null,"n":1}']);
    expect([...(await latestOf(fixture.broker, topic('bookings'))).values()]).toEqual(['{"id":20,"account":2}']);
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

    const records = await recordsOf(fixture.broker, topic('tagged'));

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

    expect((await recordsOf(fixture.broker, topic('altered'))).map(({ value }) => value)).toEqual([
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
  ])('%s stops the source by policy with %s, behind everything before it', async (statement, code) => {
    await sql('DROP TABLE IF EXISTS ended, elsewhere; CREATE TABLE ended (id INT PRIMARY KEY, n INT NOT NULL)');
    const source = await capture(['ended'], { schemaChanges: 'stop' });
    await sql(`INSERT INTO ended VALUES (1, 1); ${statement}`);

    await expect(source.finished).rejects.toMatchObject({ code });
    expect(source.status().state).toBe('failed');
    expect((await recordsOf(fixture.broker, topic('ended'))).map(({ key }) => key)).toEqual(['1']);
  });
});

describe('a new snapshot', () => {
  test('of a truncated table gives tombstones for what is gone and goes on behind the TRUNCATE', async () => {
    await sql('CREATE TABLE emptied (id INT PRIMARY KEY); INSERT INTO emptied VALUES (1), (2)');
    const source = await capture(['emptied'], { schemaChanges: 'stop' });
    await sql('TRUNCATE emptied; INSERT INTO emptied VALUES (2), (3)');
    await expect(source.finished).rejects.toMatchObject({ code: 'MYSQL_TABLE_DROPPED' });
    const again = await capture(['emptied'], { resnapshot: [{ database: fixture.database.name, table: 'emptied' }] });
    await sql('INSERT INTO emptied VALUES (4)');
    await caughtUp(again);
    await again.stop();

    expect([...(await latestOf(fixture.broker, topic('emptied'))).keys()]).toEqual(['2', '3', '4']);
  });

  test('is asked for when the key was changed while no source ran', async () => {
    await sql('CREATE TABLE rekeyed (id INT PRIMARY KEY, n INT NOT NULL); INSERT INTO rekeyed VALUES (1, 10)');
    await (await capture(['rekeyed'])).stop();
    await sql('ALTER TABLE rekeyed DROP PRIMARY KEY, ADD PRIMARY KEY (n)');

    await expect(capture(['rekeyed'], { schemaChanges: 'stop' })).rejects.toMatchObject({ code: 'MYSQL_KEY_CHANGED' });
    await (await capture(['rekeyed'], { resnapshot: [{ database: fixture.database.name, table: 'rekeyed' }] })).stop();
    expect([...(await latestOf(fixture.broker, topic('rekeyed'))).keys()]).toEqual(['10']);
  });
});
