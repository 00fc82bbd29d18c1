import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startHost } from '../../../src/cli/host/host.ts';
import { StatusLog } from '../../../src/cli/logging/status-log.ts';
import { NO_HEADERS } from '../../../src/core/headers.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { createDataDirectory } from '../millrace-process.ts';
import { RecordingLogger } from '../recording-logger.ts';
import counts from '../topologies/counts.ts';

test('rates are those since the last report, the summary is that since the start', async () => {
  await using directory = await createDataDirectory();
  const broker = await directory.openBroker();
  await broker.admin.createTopics([{ name: 'words', partitions: 1 }]);
  await broker.close();
  const application = { dataDirectory: directory.path, storeBackend: 'memory', partitions: 1 } as const;
  const host = await startHost({ topologies: [counts], application });
  const logger = new RecordingLogger();
  const clock = new ManualClock();
  const status = new StatusLog(host, logger, clock);
  const produce = async (count: number): Promise<void> => {
    const producer = await host.broker.openProducer();
    const record = { key: Buffer.from('a'), value: Buffer.from('b'), timestamp: 0, headers: NO_HEADERS };
    await producer.send([{ topic: 'words', partition: 0, records: Array.from({ length: count }, () => record) }]);
    await producer.close();
    while ((await host.applications.get('counts')?.lag()) !== 0) await eventLoopTurn();
  };

  await produce(40);
  clock.advance(10_000);
  await status.report();
  await produce(5);
  clock.advance(500);
  await status.report();
  await host.stop();
  status.summarize();

  expect(logger.lines.map(([message]) => message)).toEqual(['status', 'status', 'stopped']);
  const [first, second, last] = logger.lines.map(([, fields]) => fields);
  expect(first).toMatchObject({ application: 'counts', recordsPerSecond: 4, lagRecords: 0, dropped: undefined });
  expect(second).toMatchObject({ recordsPerSecond: 10, lagRecords: 0 });
  expect(last).toMatchObject({ application: 'counts', seconds: 10.5, recordsProcessed: 45 });
});
