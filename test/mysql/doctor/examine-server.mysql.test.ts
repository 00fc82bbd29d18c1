import type { Connection } from 'mysql2/promise';
import { expect, test } from 'vitest';
import { examineServer, formatReport } from '../../../src/mysql/doctor/examine-server.ts';
import { connectTo, createTestDatabase, startPrivateMySqlServer } from '../../support/mysql.ts';

test('a good server is well, and tables that cannot be captured are named', async () => {
  await using database = await createTestDatabase();
  await database.connection.query(
    'CREATE TABLE fine (id INT PRIMARY KEY); CREATE TABLE keyless (a INT); CREATE TABLE shapes (id INT PRIMARY KEY, p POINT)',
  );

  const report = await examineServer({ url: database.url });
  const text = formatReport(report);

  expect(report.isHealthy).toBe(true);
  expect(report.results.filter((result) => result.status === 'warning').map((result) => result.name)).toEqual([
    `${database.name}.keyless`,
  ]);
  expect(text).toContain('ok      binlog_row_metadata: FULL');
  expect(text).toContain('This server can be captured.');
});

/** What spoils a server for capturing, the finding that tells of it, and how serious it is. */
const SPOILED: readonly (readonly [string, string, 'warning' | 'error'])[] = [
  ['SET GLOBAL binlog_row_image = MINIMAL', 'binlog_row_image', 'error'],
  ['SET GLOBAL binlog_row_metadata = MINIMAL', 'binlog_row_metadata', 'warning'],
  ['SET GLOBAL binlog_expire_logs_seconds = 60', 'binlog_expire_logs_seconds', 'warning'],
  ['SET GLOBAL binlog_order_commits = OFF', 'binlog_order_commits', 'warning'],
  ['SET GLOBAL max_allowed_packet = 1048576', 'max_allowed_packet', 'warning'],
  ['SET GLOBAL server_id = 0', 'server_id', 'error'],
  [
    'SET GLOBAL gtid_mode = ON_PERMISSIVE; SET GLOBAL gtid_mode = OFF_PERMISSIVE; SET GLOBAL gtid_mode = OFF',
    'gtid_mode',
    'warning',
  ],
  ['SET GLOBAL enforce_gtid_consistency = OFF', 'enforce_gtid_consistency', 'warning'],
  ["REVOKE REPLICATION SLAVE ON *.* FROM 'reader'", 'REPLICATION SLAVE', 'error'],
  ["REVOKE REPLICATION CLIENT ON *.* FROM 'reader'", 'REPLICATION CLIENT', 'warning'],
  ["REVOKE LOCK TABLES ON *.* FROM 'reader'", 'LOCK TABLES', 'warning'],
  ["UPDATE mysql.rds_configuration SET value = '1'", 'binlog retention hours', 'warning'],
  ['CREATE TABLE shop.keyless (a INT)', 'shop.keyless', 'warning'],
  ['CREATE TABLE shop.old (id INT PRIMARY KEY) ENGINE = MyISAM', 'shop.old', 'warning'],
];

test('every finding is told, and its statements mend it', { timeout: 300_000 }, async () => {
  await using server = await startPrivateMySqlServer();
  const admin = await connectTo(server.url);
  const url = await prepare(admin, server.url);
  expect((await examineServer({ url })).results.filter(({ status }) => status !== 'ok')).toEqual([]);

  for (const [spoil, name, status] of SPOILED) {
    const isGtid = name === 'enforce_gtid_consistency';
    // The one cannot be off while the other is on.
    if (isGtid) await admin.query(SPOILED.find(([, other]) => other === 'gtid_mode')?.[0] ?? '');
    await admin.query(spoil);
    const before = await examineServer({ url });
    const finding = before.results.find((result) => result.name === name);
    expect([spoil, finding?.status, before.isHealthy]).toEqual([spoil, status, status === 'warning']);
    expect(formatReport(before)).toContain(`    ${finding?.fix[0]};\n`);
    for (const result of before.results) for (const statement of result.fix) await admin.query(statement);
    expect((await examineServer({ url })).results.filter((result) => result.status !== 'ok')).toEqual([]);
  }
  admin.destroy();
});

/** A database, a user with all that a source can use, and what Amazon RDS has beside MySQL. Resolves with the user's URL. */
async function prepare(admin: Connection, serverUrl: string): Promise<string> {
  await admin.query(`
    CREATE DATABASE shop; CREATE USER 'reader' IDENTIFIED BY 'secret';
    GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT, LOCK TABLES ON *.* TO 'reader';
    CREATE TABLE mysql.rds_configuration (name VARCHAR(100) PRIMARY KEY, value VARCHAR(100));
    INSERT INTO mysql.rds_configuration VALUES ('binlog retention hours', '168');
    CREATE PROCEDURE mysql.rds_set_configuration (IN n VARCHAR(100), IN v INT)
      UPDATE mysql.rds_configuration SET value = v WHERE name = n`);
  const url = new URL(serverUrl);
  url.username = 'reader';
  url.password = 'secret';
  url.pathname = '/shop';
  return url.href;
}

test('an id that the server or a replica has is told before a source wants it', async () => {
  await using database = await createTestDatabase();
  const [[own]] = (await database.connection.query('SELECT @@server_id AS id')) as unknown as [[{ id: number }]];

  const idOf = async (serverId: number | null) => {
    const { results } = await examineServer({ url: database.url, serverId });
    return results.find(({ name }) => name === 'serverId');
  };
  expect(await idOf(own.id)).toMatchObject({ status: 'error', code: 'MYSQL_SERVER_ID_TAKEN' });
  expect(await idOf(own.id + 7_654_321)).toMatchObject({ status: 'ok' });
  expect(await idOf(null)).toBeUndefined();
});
