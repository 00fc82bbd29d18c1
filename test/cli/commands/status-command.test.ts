import { expect, test } from 'vitest';
import { formatStatus } from '../../../src/cli/commands/format-status.ts';
import { statusCommand } from '../../../src/cli/commands/status-command.ts';
import { startHost } from '../../../src/cli/host/host.ts';
import { createDataDirectory } from '../millrace-process.ts';
import counts from '../topologies/counts.ts';
import upperCase from '../topologies/upper-case.ts';

test('tells what the applications of a host do, to those with the token', async () => {
  await using directory = await createDataDirectory();
  const broker = await directory.openBroker();
  await broker.admin.createTopics(['words', 'lines'].map((name) => ({ name, partitions: 1 })));
  await broker.close();
  const application = { dataDirectory: directory.path, storeBackend: 'memory', partitions: 1 } as const;
  const server = { httpPort: 0, httpToken: 'a token' };
  const host = await startHost({ topologies: [counts, upperCase], application, server });
  const url = host.apiUrl as string;

  const text = await statusCommand({ url, server, format: 'text' });
  const all = JSON.parse(await statusCommand({ url, server, format: 'json' }));
  const denied = statusCommand({ url, server: {}, format: 'text' });

  await expect(denied).rejects.toMatchObject({ code: 'HTTP_REQUEST_FAILED' });
  expect(text).toMatch(/^instance 127\.0\.0\.1:\d+\n {2}application counts: RUNNING\n {4}thread 0: RUNNING\n/);
  expect(text).toContain('      task 0_0: running\n');
  expect(text).toMatch(/lag of counts: 0 records\n {2}words-0: 0 \(0 of 0\)\n/);
  expect(all.instances[0].applications.map(({ name }: { name: string }) => name)).toEqual(['counts', 'upper-case']);
  // Two applications: their paths name them.
  const authorization = { headers: { authorization: 'Bearer a token' } };
  const short = await fetch(`${url}/stores`, authorization);
  expect([short.status, ((await short.json()) as { code: string }).code]).toEqual([404, 'QUERY_UNKNOWN_APPLICATION']);
  expect((await fetch(`${url}/applications/counts/stores`, authorization)).status).toBe(200);
  await host.stop();
  const gone = statusCommand({ url, server, format: 'text' });
  await expect(gone).rejects.toMatchObject({
    code: 'HTTP_REQUEST_FAILED',
    message: expect.stringContaining('ECONNREFUSED'),
  });
});

test('prints restores with the time left, snapshots, and instances that do not answer', () => {
  const store = { store: 'counts', offset: 250, endOffset: 1000, etaMs: 3000 };
  const threads = [
    {
      index: 0,
      state: 'PARTITIONS_ASSIGNED',
      active: [{ task: '1_0', phase: 'restoring', stores: [store] }],
      standby: [{ task: '1_1', phase: 'standby', stores: [{ ...store, endOffset: null, etaMs: null }] }],
    },
  ];
  const source = { state: 'snapshotting', lagMs: 0, snapshot: [{ table: 'shop.orders', rows: 10, estimatedRows: 20 }] };
  const application = { name: 'revenue', state: 'REBALANCING', paused: false, threads, lags: null };
  const text = formatStatus({
    instances: [
      { endpoint: 'a:1', error: null, applications: [application], source },
      { endpoint: 'b:1', error: 'ECONNREFUSED', applications: [], source: null },
    ],
  });
  expect(text).toBe(
    [
      'instance a:1',
      '  application revenue: REBALANCING',
      '    thread 0: PARTITIONS_ASSIGNED',
      '      task 1_0: restoring',
      '        store counts: at 250 of 1000, about 3s left',
      '      task 1_1: standby',
      '        store counts: at 250',
      '  MySQL source: snapshotting, 0ms behind',
      '    snapshot of shop.orders: 10 of about 20 rows',
      'instance b:1: does not answer: ECONNREFUSED',
      '',
    ].join('\n'),
  );
});
