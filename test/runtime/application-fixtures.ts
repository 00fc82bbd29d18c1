import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Broker } from '../../src/broker/port.ts';
import { NO_HEADERS } from '../../src/core/headers.ts';
import { partitionForKey } from '../../src/core/murmur2.ts';
import { Application, type ApplicationOptions } from '../../src/runtime/application.ts';
import { json } from '../../src/serde/json-serde.ts';
import { levelDbBackend } from '../../src/store/leveldb/leveldb-backend.ts';
import { memoryBackend } from '../../src/store/memory/memory-backend.ts';
import { readTopic } from '../support/topics.ts';

/** A record as tests write and read it. */
export interface PlainRecord {
  readonly key: any;
  readonly value: any;
  readonly timestamp?: number;
}

/** A directory for one test. */
export async function temporaryDirectory(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'millrace-runtime-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

type Given = Partial<Omit<ApplicationOptions, 'config'>> & Pick<ApplicationOptions, 'topology' | 'broker' | 'config'>;

/** An application on LevelDB, exactly once unless said otherwise. */
export function applicationOf(given: Given): Application {
  return new Application({
    storeBackend: levelDbBackend(),
    memoryBackend: memoryBackend(),
    ...given,
    config: { processingGuarantee: 'exactly_once', partitions: 1, ...given.config },
  });
}

/** Creates a topic. */
export async function createTopic(broker: Broker, name: string, partitions = 1): Promise<void> {
  await broker.admin.createTopics([{ name, partitions }]);
}

/** Appends records to a topic, by key where they have one, else to the partition that the index gives. */
export async function produce(broker: Broker, topic: string, records: readonly PlainRecord[]): Promise<void> {
  const partitions = (await broker.admin.describeTopics([topic])).get(topic)?.partitions ?? 1;
  const serde = json<any>();
  const encoded = records.map(({ key, value, timestamp = 0 }, index) => {
    const keyBytes = key === null ? null : serde.serialize(key);
    const partition = keyBytes === null ? index % partitions : partitionForKey(keyBytes, partitions);
    const valueBytes = value === null ? null : serde.serialize(value);
    return { partition, record: { key: keyBytes, value: valueBytes, timestamp, headers: NO_HEADERS } };
  });
  const producer = await broker.openProducer();
  const byPartition = Map.groupBy(encoded, ({ partition }) => partition);
  await producer.send(
    [...byPartition].map(([partition, part]) => ({ topic, partition, records: part.map(({ record }) => record) })),
  );
  await producer.close();
}

/** All keys and values of a topic. */
export async function readAll(broker: Broker, topic: string): Promise<{ key: any; value: any }[]> {
  const serde = json<any>();
  return (await readTopic(broker, topic)).map(({ key, value }) => ({
    key: key === null ? null : serde.deserialize(key),
    value: value === null ? null : serde.deserialize(value),
  }));
}

/** Waits until the application has committed everything. */
export async function drained(application: Application): Promise<void> {
  while ((await application.lag()) > 0) {
    await Promise.race([new Promise((resolve) => setImmediate(resolve)), application.finished]);
  }
}

/** Runs an application until it has committed everything, and closes it. */
export async function runUntilDrained(application: Application): Promise<void> {
  await application.start();
  await drained(application);
  await application.close();
}

/** Records whose values name one of several groups. */
export function recordsBy(count: number, groups: number): PlainRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    key: index,
    value: { by: `g${index % groups}` },
    timestamp: index,
  }));
}
