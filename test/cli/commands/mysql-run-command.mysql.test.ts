import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EmbeddedBroker } from '../../../src/broker/embedded/embedded-broker.ts';
import { valuesOf } from '../../server/metrics/metrics-scrape.ts';
import { createTestDatabase } from '../../support/mysql.ts';
import { recordsOf } from '../../mysql/support/capture.ts';
import { createDataDirectory, MillraceProcess, runMillrace } from '../millrace-process.ts';

test('mysql run writes what the configuration of a Debezium connector says, and mysql status tells how it is', async () => {
  await using database = await createTestDatabase();
  await using directory = await createDataDirectory();
  const url = new URL(database.url);
  await database.connection.query(
    "CREATE TABLE orders (id INT PRIMARY KEY, mail VARCHAR(40)); INSERT INTO orders VALUES (1, 'a@b.example')",
  );
  const file = join(directory.path, 'connector.json');
  const config = {
    'connector.class': 'io.debezium.connector.mysql.MySqlConnector',
    'database.hostname': url.hostname,
    'database.port': url.port,
    'database.user': url.username,
    'database.ssl.mode': 'disabled',
    'topic.prefix': 'shop',
    'table.include.list': `${database.name}\\.ord.*`,
    'column.mask.with.3.chars': `${database.name}\\.orders\\.mail`,
    'key.converter.schemas.enable': 'false',
    'value.converter.schemas.enable': 'false',
    'max.batch.size': '100',
  };
  await writeFile(file, JSON.stringify({ name: 'orders', config }));
  await using process = new MillraceProcess([
    'mysql',
    'run',
    '--debezium-config',
    file,
    '--data-dir',
    directory.path,
    '--http-port',
    '0',
  ]);
  await process.says('snapshot complete');
  await database.connection.query('DELETE FROM orders');
  await expect
    .poll(() => statusOf(directory.path), { timeout: 60_000 })
    .toMatch(/orders: 0 inserted, 0 updated, 1 deleted/);
  const status = await statusOf(directory.path);
  const api = /serves queries url=(\S+)/.exec(process.stderr)?.[1] ?? '';
  const [ready, metrics] = await Promise.all([fetch(`${api}/ready`), fetch(`${api}/metrics`)]);
  const values = valuesOf(await metrics.text());
  process.signal('SIGTERM');
  await process.finished;

  const broker = await EmbeddedBroker.open({ directory: join(directory.path, 'broker') });
  const records = await recordsOf(broker, `shop.${database.name}.orders`);
  await broker.close();
  expect(process.stderr).toContain('key without effect key=max.batch.size');
  expect(ready.status).toBe(200);
  const orders = `table="${database.name}.orders"`;
  expect(values.get('millrace_mysql_source_state{state="streaming"}')).toBe(1);
  expect(values.get(`millrace_mysql_rows_total{${orders},op="delete"}`)).toBe(1);
  expect(values.get(`millrace_mysql_snapshot_rows{${orders}}`)).toBe(1);
  expect(values.get('millrace_mysql_source_lag_bytes')).toBeGreaterThanOrEqual(0);
  expect(values.get('millrace_mysql_source_purge_hours')).toBeGreaterThan(0);
  expect(status).toMatch(
    /state: streaming\nlag: .*of binlog\nuntil the server deletes what is needed: \d+\.\d h\nplace: /,
  );
  expect(records.map(({ key, value }) => [key, value === null ? null : rowsOf(value)])).toEqual([
    ['{"id":1}', { op: 'r', before: null, after: { id: 1, mail: '***' } }],
    ['{"id":1}', { op: 'd', before: { id: 1, mail: '***' }, after: null }],
    ['{"id":1}', null],
  ]);
});

test('mysql run refuses a configuration that would make other records, and says every reason', async () => {
  await using directory = await createDataDirectory();
  const file = join(directory.path, 'connector.json');
  await writeFile(file, JSON.stringify({ 'topic.prefix': 'a', transforms: 'unwrap', 'tombstone.on.delete': 'false' }));

  const { exitCode, stderr } = await runMillrace(['mysql', 'run', '--debezium-config', file]);

  expect(exitCode).not.toBe(0);
  expect(stderr).toContain('`transforms` is not supported');
  expect(stderr).toContain('did you mean `tombstones.on.delete`?');
});

async function statusOf(dataDirectory: string): Promise<string> {
  return (await runMillrace(['mysql', 'status', '--data-dir', dataDirectory])).stdout;
}

function rowsOf(value: string): unknown {
  const { op, before, after } = JSON.parse(value) as { op: string; before: unknown; after: unknown };
  return { op, before, after };
}
