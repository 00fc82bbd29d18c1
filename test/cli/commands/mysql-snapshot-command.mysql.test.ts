import { mysqlTable, topology } from 'millrace';
import { expect, test } from 'vitest';
import { startHost } from '../../../src/cli/host/host.ts';
import type { Host } from '../../../src/cli/host/running-host.ts';
import { mysqlSnapshotCommand } from '../../../src/cli/commands/mysql-snapshot-command.ts';
import { createTestDatabase, type TestDatabase } from '../../support/mysql.ts';
import { latestOf, recordsOf } from '../../mysql/support/capture.ts';
import { createDataDirectory } from '../millrace-process.ts';

function readingOrders(database: TestDatabase) {
  const orders = mysqlTable<number, object>({
    database: database.name,
    table: 'orders',
    topicPrefix: 'my',
    primaryKey: ['id'],
    bigint: 'error',
    columns: {},
  });
  return topology('reads-orders', (builder) => builder.mysqlTable(orders).toStream().to('out'));
}

async function until(host: Host, isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await Promise.race([new Promise((resolve) => setTimeout(resolve, 5)), host.finished]);
}

test('a running process reads a table once more, takes up another, and tells how far it is', async () => {
  await using database = await createTestDatabase();
  await using directory = await createDataDirectory();
  await database.connection.query('CREATE TABLE orders (id INT PRIMARY KEY); INSERT INTO orders VALUES (1), (2), (3)');
  await database.connection.query('CREATE TABLE gifts (id INT PRIMARY KEY); INSERT INTO gifts VALUES (7)');
  const application = { dataDirectory: directory.path, storeBackend: 'memory', partitions: 1 } as const;
  const command = (action: 'start' | 'stop' | 'pause' | 'resume' | 'status', tables: string[] = [], where?: string) =>
    mysqlSnapshotCommand({ action, tables, where, application });
  const host = await startHost({
    topologies: [readingOrders(database)],
    application,
    mysql: { mysqlUrl: database.url },
  });
  await until(host, async () => (await command('status')).includes('orders: complete, 3 rows'));

  const sent = await command('start', [`${database.name}.orders`], 'id = 2');
  await until(host, async () => (await recordsOf(host.broker, `my.${database.name}.orders`)).length === 4);
  await command('pause');
  await command('start', [`${database.name}.gifts`]);
  await command('resume');
  await until(host, async () => (await command('status')).includes('gifts: complete, 1 rows'));
  await host.stop();

  expect(sent).toMatch(/^signal execute sent: [0-9a-f-]{36}\n$/);
  await expect(command('status')).rejects.toMatchObject({ code: 'CLI_NOT_RUNNING' });
  const broker = await directory.openBroker();
  const records = await recordsOf(broker, `my.${database.name}.orders`);
  expect(records.map(({ key, headers }) => `${headers.op}${key}`)).toEqual(['r1', 'r2', 'r3', 'r2']);
  expect(Object.fromEntries(await latestOf(broker, `my.${database.name}.gifts`))).toEqual({ 7: '{"id":7}' });
  await broker.close();
});

test('without tables nothing is started', async () => {
  await expect(
    mysqlSnapshotCommand({ action: 'start', tables: [], where: undefined, application: {} }),
  ).rejects.toMatchObject({ code: 'CLI_USAGE' });
});
