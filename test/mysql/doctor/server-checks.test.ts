import { describe, expect, test } from 'vitest';
import { requireHistory, requireServer } from '../../../src/mysql/doctor/require-server.ts';
import { checkServer } from '../../../src/mysql/doctor/server-checks.ts';
import type { ServerFacts } from '../../../src/mysql/doctor/server-facts.ts';
import { GtidSet } from '../../../src/mysql/binlog/gtid-set.ts';

const UUID = '3e11fa47-71ca-11e1-9e33-c80aa9429562';

const GOOD: Readonly<{ [name: string]: string }> = {
  log_bin: 'ON',
  binlog_format: 'ROW',
  binlog_row_image: 'FULL',
  binlog_row_metadata: 'FULL',
  binlog_order_commits: 'ON',
  binlog_expire_logs_seconds: '2592000',
  gtid_mode: 'ON',
  enforce_gtid_consistency: 'ON',
  gtid_executed: `${UUID}:1-10`,
  gtid_purged: `${UUID}:1-5`,
};

function facts(changes: { [name: string]: string } = {}, rest: Partial<ServerFacts> = {}): ServerFacts {
  return {
    version: '8.4.3',
    serverUuid: UUID,
    account: "'me'@'%'",
    variables: new Map(Object.entries({ ...GOOD, ...changes })),
    grants: ['GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT, LOCK TABLES ON *.* TO `me`@`%`'],
    isReplica: false,
    ...rest,
  };
}

test('a server with all that is needed is well', () => {
  expect(checkServer(facts()).filter((result) => result.status !== 'ok')).toEqual([]);
});

test('variables that an old or a future version does not know are no fault', () => {
  const known = new Map(facts().variables);
  known.delete('binlog_order_commits');
  known.delete('binlog_format');

  expect(checkServer(facts({}, { variables: known })).every((result) => result.status === 'ok')).toBe(true);
});

test.each([
  [{ binlog_format: 'MIXED' }, ['SET PERSIST binlog_format = ROW']],
  [{ binlog_row_image: 'NOBLOB' }, ['SET PERSIST binlog_row_image = FULL']],
  [{ log_bin: 'OFF' }, []],
])('%j is an error mended by %j', (change, fix) => {
  const errors = checkServer(facts(change)).filter((result) => result.status === 'error');

  expect(errors.map((result) => result.fix)).toEqual([fix]);
  expect(() => requireServer(facts(change))).toThrow(expect.objectContaining({ code: 'MYSQL_SETTING_UNSUPPORTED' }));
});

test.each([
  [{ binlog_row_metadata: 'MINIMAL' }, ['SET PERSIST binlog_row_metadata = FULL']],
  [
    { gtid_mode: 'OFF' },
    [
      'SET PERSIST enforce_gtid_consistency = ON',
      'SET PERSIST gtid_mode = OFF_PERMISSIVE',
      'SET PERSIST gtid_mode = ON_PERMISSIVE',
      'SET PERSIST gtid_mode = ON',
    ],
  ],
])('%j is a warning mended by %j: a source can do without', (change, fix) => {
  const results = checkServer(facts(change)).filter((result) => result.status !== 'ok');

  expect(results.map((result) => [result.status, result.fix])).toEqual([['warning', fix]]);
  expect(() => requireServer(facts(change))).not.toThrow();
});

describe('grants', () => {
  test.each([
    'GRANT ALL PRIVILEGES ON *.* TO `me`@`%` WITH GRANT OPTION',
    'GRANT RELOAD, REPLICATION SLAVE, REPLICATION CLIENT, LOCK TABLES ON *.* TO `me`@`%`',
  ])('%s is enough', (grant) => {
    expect(checkServer(facts({}, { grants: [grant] })).every((result) => result.status === 'ok')).toBe(true);
  });

  test('without REPLICATION SLAVE no source runs, and the GRANT is named', () => {
    const without = facts(
      {},
      { grants: ['GRANT USAGE ON *.* TO `me`@`%`', 'GRANT SELECT ON `REPLICATION SLAVE`.* TO `me`@`%`'] },
    );

    expect(() => requireServer(without)).toThrow("GRANT REPLICATION SLAVE ON *.* TO 'me'@'%'");
  });
});

test.each([
  ['5.7.44-log', 'error'],
  ['8.0.11', 'ok'],
  ['9.7.4-2', 'ok'],
  ['10.11.6-MariaDB-0+deb12u1', 'error'],
])('version %s is %s', (version, status) => {
  expect(checkServer(facts({}, { version }))[0]?.status).toBe(status);
});

test('a replica that does not keep the order of commits is an error, another server is not asked for it', () => {
  const change = { replica_preserve_commit_order: 'OFF', log_replica_updates: 'ON' };

  expect(checkServer(facts(change)).every((result) => result.status === 'ok')).toBe(true);
  expect(checkServer(facts(change, { isReplica: true })).at(-1)).toMatchObject({
    status: 'error',
    fix: ['SET PERSIST replica_preserve_commit_order = ON'],
  });
});

describe('history', () => {
  test.each(['1-5', '1-10', '1-7'])('%s can go on', (done) => {
    expect(() => requireHistory(facts(), GtidSet.parse(`${UUID}:${done}`))).not.toThrow();
  });

  test('what is purged and was not read is MYSQL_BINLOG_PURGED', () => {
    expect(() => requireHistory(facts(), GtidSet.parse(`${UUID}:1-3`))).toThrow(
      expect.objectContaining({
        code: 'MYSQL_BINLOG_PURGED',
        message: expect.stringContaining(`${UUID}:4-5`) as string,
      }),
    );
  });

  test('what was read and the server does not have is MYSQL_HISTORY_DIVERGED', () => {
    expect(() => requireHistory(facts(), GtidSet.parse(`${UUID}:1-12`))).toThrow(
      expect.objectContaining({
        code: 'MYSQL_HISTORY_DIVERGED',
        message: expect.stringContaining(`${UUID}:11-12`) as string,
      }),
    );
  });
});
