import { expect, test } from 'vitest';
import { parseConnectorConfig } from '../../src/mysql/format/debezium/connector-config.ts';
import { DebeziumFormat } from '../../src/mysql/format/debezium/debezium-format.ts';
import { recordsOf } from './support/capture.ts';
import { useCaptureFixture } from './support/capture-fixture.ts';
import { readRecording } from './support/debezium-recording.ts';

const fixture = useCaptureFixture();
const { capture, caughtUp, sql, topic } = fixture;

/** A source that writes as this configuration says, and has caught up. */
function captureAs(settings: object, tables: string[]) {
  const plain = { 'key.converter.schemas.enable': 'false', 'value.converter.schemas.enable': 'false' };
  const { options } = parseConnectorConfig(JSON.stringify({ 'topic.prefix': 'my', ...plain, ...settings }));
  return capture(tables, { format: new DebeziumFormat(options, () => 1) });
}

interface Payload {
  readonly op: string;
  readonly before: object | null;
  readonly after: object | null;
  readonly source: { readonly snapshot: string };
}

async function eventsOf(table: string) {
  return (await recordsOf(fixture.broker, topic(table))).map(({ key, value, headers }) => {
    const event = value === null ? null : (JSON.parse(value) as Payload);
    return { key, headers, event: event === null ? null : [event.op, event.before, event.after] };
  });
}

test('a changed key is a removal, its tombstone and a new row, each with the key of the other', async () => {
  await sql('CREATE TABLE pairs (id INT PRIMARY KEY, n INT); INSERT INTO pairs VALUES (1, 5)');
  const source = await captureAs({}, ['pairs']);
  await sql('UPDATE pairs SET id = 2');
  await caughtUp(source);
  await source.stop();

  const [, removed, tombstone, created] = await eventsOf('pairs');
  const gtid = created?.headers.id?.replace('#0', '');
  expect(removed).toMatchObject({ key: '{"id":1}', event: ['d', { id: 1, n: 5 }, null] });
  expect(removed?.headers).toEqual({ id: `${gtid}#0d`, '__debezium.newkey': '{"id":2}' });
  expect(tombstone).toMatchObject({ key: '{"id":1}', event: null });
  expect(tombstone?.headers).toEqual({ id: `${gtid}#0t`, '__debezium.newkey': '{"id":2}' });
  expect(created).toMatchObject({ key: '{"id":2}', event: ['c', null, { id: 2, n: 5 }] });
  expect(created?.headers).toEqual({ id: `${gtid}#0`, '__debezium.oldkey': '{"id":1}' });
});

test('operations are skipped, tombstones left out, columns excluded, keys chosen and unchanged rows left out as it says', async () => {
  await sql('CREATE TABLE chosen (id INT PRIMARY KEY, k INT, hidden INT)');
  const name = `${fixture.database.name}\\.chosen`;
  const settings = {
    'skipped.operations': 'c',
    'tombstones.on.delete': 'false',
    'column.exclude.list': `${name}\\.hidden`,
    'message.key.columns': `${name}:k`,
    'skip.messages.without.change': 'true',
  };
  const source = await captureAs(settings, ['chosen']);
  await sql(
    'INSERT INTO chosen VALUES (1, 7, 1); UPDATE chosen SET hidden = 2; UPDATE chosen SET id = 3; DELETE FROM chosen',
  );
  await caughtUp(source);
  await source.stop();

  expect((await eventsOf('chosen')).map(({ key, event }) => [key, event])).toEqual([
    ['{"k":7}', ['u', { id: 1, k: 7 }, { id: 3, k: 7 }]],
    ['{"k":7}', ['d', { id: 3, k: 7 }, null]],
  ]);
});

test('large values that are not in the binlog are placeholders, and updates are completed from what was before', async () => {
  await sql("CREATE TABLE partial (id INT PRIMARY KEY, a INT, b TEXT); INSERT INTO partial VALUES (1, 1, 'large')");
  const source = await captureAs({}, ['partial']);
  await sql('SET binlog_row_image = NOBLOB; UPDATE partial SET a = 2; SET binlog_row_image = FULL');
  await caughtUp(source);
  await source.stop();

  const placeholder = '__debezium_unavailable_value';
  expect((await eventsOf('partial')).at(-1)?.event).toEqual([
    'u',
    { id: 1, a: 1, b: placeholder },
    { id: 1, a: 2, b: placeholder },
  ]);
});

test('heartbeats and changes of tables have topics of their own', async () => {
  await sql('CREATE TABLE t_drift (id INT PRIMARY KEY, a INT, b INT)');
  const source = await captureAs({ 'heartbeat.interval.ms': '10' }, ['t_drift']);
  await sql('ALTER TABLE t_drift DROP COLUMN a, ADD COLUMN z varchar(10) CHARACTER SET utf8mb4 FIRST');
  await sql('INSERT INTO t_drift VALUES (1, 2, 3)');
  await caughtUp(source);
  await source.stop();

  const [heartbeat] = await recordsOf(fixture.broker, '__debezium-heartbeat.my');
  const [change] = await recordsOf(fixture.broker, 'my');
  const recorded = (await readRecording())
    .map(({ value }) => value as { payload: SchemaChange } | null)
    .find((value) => value?.payload.ddl?.startsWith('ALTER TABLE t_drift'));
  const written = JSON.parse(change?.value ?? 'null') as SchemaChange;
  expect([heartbeat?.key, heartbeat?.value]).toEqual([
    '{"serverName":"my"}',
    expect.stringMatching(/^\{"ts_ms":\d+\}$/),
  ]);
  expect(change?.key).toBe(`{"databaseName":"${fixture.database.name}"}`);
  const bare = (of: SchemaChange | undefined) => of?.tableChanges?.map(({ type, table }) => ({ type, table }));
  expect(bare(written)).toEqual(bare(recorded?.payload));
});

interface SchemaChange {
  readonly ddl?: string;
  readonly tableChanges?: readonly { readonly type: string; readonly table: object }[];
}
