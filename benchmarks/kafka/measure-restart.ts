import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Broker, ProducedRecord } from '../../src/broker/port.ts';
import { NO_HEADERS } from '../../src/core/headers.ts';
import { partitionForKey } from '../../src/core/murmur2.ts';
import { recordsBehind } from '../../scripts/chaos/records-behind.ts';
import { readTable } from '../../test/support/topics.ts';
import { programs } from '../streams/programs.ts';
import type { CountingOptions } from './counting-messages.ts';
import { CountingProcess } from './counting-process.ts';

/** What is killed, and with how much state. */
export interface RestartOptions {
  readonly broker: Broker;
  readonly bootstrap: string;
  readonly directory: string;
  /** Of state: as many keys. */
  readonly rows: number;
  readonly guarantee: CountingOptions['guarantee'];
}

/** What the restart came to. */
export interface RestartResult {
  /** From the start of the process until all tasks run. */
  readonly runningMs: number;
  /** From the start of the process until it has processed a record. */
  readonly processingMs: number;
  /** Records replayed from changelogs. */
  readonly restored: number;
  /** Orders that were written, and what the counts add up to. */
  readonly written: number;
  readonly counted: number;
}

const PARTITIONS = 4;
const BATCH = 1000;

/**
 * Fills a store with so many rows, kills its process with SIGKILL while it processes more, and starts it again as the same
 * static member.
 */
export async function measureRestart(options: RestartOptions): Promise<RestartResult> {
  const { broker, bootstrap, guarantee, rows } = options;
  const application = `restart-${guarantee}`;
  const topology = (programs['b'] as (typeof programs)[string]).create(application);
  const drained = async (): Promise<void> => {
    while ((await recordsBehind(broker, topology)) > 0) await delay(100);
  };
  const started = (): CountingProcess =>
    new CountingProcess({
      ...{ bootstrap, application, guarantee, stateDirectory: join(options.directory, application) },
      ...{ threads: 1, instanceId: 'instance', partitions: PARTITIONS, paused: false },
    });
  await broker.admin.createTopics([{ name: 'orders', partitions: PARTITIONS, config: { 'retention.ms': -1 } }]);
  try {
    let written = await write(broker, { from: 0, count: rows, rows });
    await using killed = started();
    await killed.said('processing');
    await drained();
    // Some of these are committed, some are on their way, some not read yet.
    for (let batch = 0; batch < 10; batch++) written += await write(broker, { from: written, count: BATCH, rows });
    await killed.kill();
    await using again = started();
    const { uptimeMs: runningMs, restored } = await again.said('running');
    const { uptimeMs: processingMs } = await again.said('processing');
    await drained();
    const counts = await readTable<number>(broker, `${application}-output`);
    const counted = [...counts.values()].reduce((sum, count) => sum + count, 0);
    return { runningMs, processingMs, restored, written, counted };
  } finally {
    await broker.admin.deleteTopics(['orders']);
  }
}

/** Orders of as many customers as there are rows, one after another. */
async function write(broker: Broker, range: { from: number; count: number; rows: number }): Promise<number> {
  const producer = await broker.openProducer();
  const end = range.from + range.count;
  for (let from = range.from; from < end; from += BATCH) {
    const batches: ProducedRecord[][] = Array.from({ length: PARTITIONS }, () => []);
    for (let id = from; id < Math.min(end, from + BATCH); id++) {
      const key = Buffer.from(String(id));
      const value = Buffer.from(JSON.stringify({ id, customerId: id % range.rows }));
      batches[partitionForKey(key, PARTITIONS)]?.push({ key, value, timestamp: id, headers: NO_HEADERS });
    }
    await producer.send(batches.map((records, partition) => ({ topic: 'orders', partition, records })));
  }
  await producer.close();
  return range.count;
}
