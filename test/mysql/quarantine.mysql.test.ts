import { afterEach, expect, test } from 'vitest';
import { connectTo } from '../support/mysql.ts';
import { latestOf, recordsOf } from './support/capture.ts';
import { useCaptureFixture } from './support/capture-fixture.ts';

const fixture = useCaptureFixture();
const { capture, caughtUp, sql, topic } = fixture;
const QUARANTINE = 'my.quarantine';
/** What a WRITE_ROWS event begins with behind its timestamp. */
const WRITE_ROWS = 30;

afterEach(() => sql('DROP TABLE IF EXISTS t'));

async function changeInSession(statements: string): Promise<void> {
  const session = await connectTo(fixture.database.url);
  await session.query(statements);
  await session.end();
}

test('a row that cannot be written goes to the quarantine with its event, and the others of the event are written', async () => {
  await sql('CREATE TABLE t (id INT PRIMARY KEY, n BIGINT)');
  const source = await capture(['t'], { bigint: 'error', quarantineTopic: QUARANTINE });
  await sql('INSERT INTO t VALUES (1, 1), (2, 9007199254740993), (3, 3)');
  await caughtUp(source);
  await source.stop();

  expect([...(await latestOf(fixture.broker, topic('t'))).keys()]).toEqual(['1', '3']);
  const [record, ...others] = await recordsOf(fixture.broker, QUARANTINE);
  expect(others).toEqual([]);
  expect(record?.key).toBeNull();
  expect(record?.value?.charCodeAt(4)).toBe(WRITE_ROWS);
  expect(record?.headers).toMatchObject({
    table: `${fixture.database.name}.t`,
    column: 'n',
    row: '1',
    reason: 'MYSQL_BIGINT_UNSAFE',
    file: expect.stringMatching(/^binlog\.\d+$/) as string,
    position: expect.stringMatching(/^\d+$/) as string,
    gtid: expect.stringMatching(/^[0-9a-f-]{36}:\d+$/) as string,
  });
  expect(record?.headers['message']).not.toContain('9007199254740993');
});

test('rows that lack columns go to the quarantine, also those of a prepared transaction, and the stream goes on', async () => {
  await sql('CREATE TABLE t (id INT PRIMARY KEY, n INT, m INT); INSERT INTO t VALUES (1, 1, 1), (2, 2, 2)');
  const source = await capture(['t'], { quarantineTopic: QUARANTINE });
  await changeInSession("SET SESSION binlog_row_image = 'MINIMAL'; UPDATE t SET n = 5 WHERE id = 1");
  await changeInSession(
    "SET SESSION binlog_row_image = 'MINIMAL'; XA START 'q'; UPDATE t SET n = 6 WHERE id = 2; XA END 'q'; XA PREPARE 'q'; XA COMMIT 'q'",
  );
  await sql('INSERT INTO t VALUES (3, 3, 3)');
  await caughtUp(source);
  await source.stop();

  const ops = (await recordsOf(fixture.broker, topic('t'))).map(({ key, headers }) => `${headers.op}${key}`);
  expect(ops).toEqual(['r1', 'r2', 'c3']);
  const records = await recordsOf(fixture.broker, QUARANTINE);
  expect(records.map(({ headers }) => [headers['reason'], headers['row']])).toEqual([
    ['MYSQL_SETTING_UNSUPPORTED', '0-'],
    ['MYSQL_SETTING_UNSUPPORTED', '0-'],
  ]);
});

test('an event comes to the quarantine once, when its transaction is read again in the middle of which the source stopped', async () => {
  await sql('CREATE TABLE t (id INT PRIMARY KEY, n BIGINT)');
  const options = { bigint: 'error', quarantineTopic: QUARANTINE, commitRecords: 5 } as const;
  const first = await capture(['t'], options);
  const rows = Array.from({ length: 400 }, (_, id) => `(${id}, ${id === 3 ? '9007199254740993' : id})`).join(',');
  await sql(`INSERT INTO t VALUES ${rows}`);
  while (first.status().rowsEmitted < 10)
    await Promise.race([new Promise((resolve) => setImmediate(resolve)), first.finished]);
  await first.stop();
  await (await capture(['t'], options)).stop();

  expect((await recordsOf(fixture.broker, topic('t'))).length).toBe(399);
  expect((await recordsOf(fixture.broker, QUARANTINE)).length).toBe(1);
});

test('without a quarantine the error of a row says file, position, GTID, table and the first bytes of its event', async () => {
  await sql('CREATE TABLE t (id INT PRIMARY KEY, n BIGINT)');
  const source = await capture(['t'], { bigint: 'error' });
  await sql('INSERT INTO t VALUES (2, 9007199254740993)');

  await expect(source.finished).rejects.toMatchObject({
    code: 'MYSQL_BIGINT_UNSAFE',
    context: {
      table: `${fixture.database.name}.t`,
      column: 'n',
      file: expect.stringMatching(/^binlog\.\d+$/) as string,
      position: expect.any(Number) as number,
      gtid: expect.stringMatching(/^[0-9a-f-]{36}:\d+$/) as string,
      bytes: expect.stringMatching(/^[0-9a-f]{8}1e[0-9a-f]+$/) as string,
    },
  });
});
