import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { ErrorCode } from '../../src/core/error-catalogue/index.ts';
import { MillraceError } from '../../src/core/millrace-error.ts';
import { partitionName, type TopicPartition } from '../../src/core/topic-partition.ts';
import type {
  Broker,
  BrokerConsumer,
  ConsumedRecord,
  PartitionOffset,
  ProducedBatch,
  ProducedRecord,
  TopicConfig,
} from '../../src/broker/port.ts';

/** A broker under test, to be closed at the end of the test. */
export interface BrokerHarness extends AsyncDisposable {
  readonly broker: Broker;
  /** Closes the broker and opens it again with what it had; only where the capabilities say so. */
  reopen(): Promise<Broker>;
}

/** What an adapter cannot be asked. */
export interface BrokerCapabilities {
  /** Whether `reopen` keeps topics, records and offsets. */
  readonly durable: boolean;
  /** Whether committed offsets are told while a transaction has others that are not decided. */
  readonly tellsOffsetsDuringTransactions: boolean;
}

/** Makes a harness for one test. Topics and groups have names of their own, so brokers may be shared. */
export type CreateHarness = () => Promise<BrokerHarness>;

/** A topic that no other test uses. */
export async function createTopic(broker: Broker, partitions = 1, config: TopicConfig = {}): Promise<string> {
  const name = `conformance-${randomUUID()}`;
  await broker.admin.createTopics([{ name, partitions, config }]);
  return name;
}

/** A group or transactional id that no other test uses. */
export function freshId(): string {
  return `conformance-${randomUUID()}`;
}

/** A record of a text key and value. */
export function record(key: string | null, value: string | null, timestamp = 1_700_000_000_000): ProducedRecord {
  return {
    key: key === null ? null : Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
    timestamp,
    headers: [],
  };
}

/** Records `v0`, `v1`, … for one partition. */
export function batchOf(topic: string, partition: number, values: readonly string[]): ProducedBatch {
  return { topic, partition, records: values.map((value) => record(`k-${value}`, value)) };
}

/** What reading partitions from offsets to their ends brought. */
export interface ReadAll {
  readonly records: ReadonlyMap<string, readonly ConsumedRecord[]>;
  readonly positions: ReadonlyMap<string, number>;
}

/** Reads from the offsets given to the ends that the broker has at that time. */
export async function readAll(broker: Broker, from: readonly PartitionOffset[]): Promise<ReadAll> {
  const consumer = await broker.openConsumer();
  const ends = await broker.admin.listOffsets(from, 'latest');
  consumer.assign(from);
  const result = await readTo(consumer, from, ends);
  await consumer.close();
  return result;
}

/** Polls until the positions have reached the ends. */
export async function readTo(
  consumer: BrokerConsumer,
  from: readonly PartitionOffset[],
  ends: readonly PartitionOffset[],
): Promise<ReadAll> {
  const records = new Map<string, ConsumedRecord[]>(from.map((start) => [nameOf(start), []]));
  const positions = new Map(from.map((start) => [nameOf(start), start.offset]));
  while (ends.some((end) => (positions.get(nameOf(end)) ?? 0) < end.offset)) {
    const { batches } = await consumer.poll({ maxWaitMs: 10_000, maxBytes: 1024 * 1024 });
    expect(batches, 'a poll before the end brings something').not.toEqual([]);
    for (const batch of batches) {
      records.get(nameOf(batch))?.push(...batch.records);
      positions.set(nameOf(batch), batch.nextOffset);
    }
  }
  return { records, positions };
}

/** The values of partition 0, or another, as text, from the beginning. */
export async function valuesOf(broker: Broker, topic: string, partition = 0): Promise<(string | null)[]> {
  const [start] = await broker.admin.listOffsets([{ topic, partition }], 'earliest');
  const { records } = await readAll(broker, [start as PartitionOffset]);
  return (records.get(partitionName(topic, partition)) ?? []).map(({ value }) => value?.toString() ?? null);
}

/** The same once all transactions on the partition have ended. A broker whose commits are visible at once never waits. */
export async function committedValuesOf(broker: Broker, topic: string, partition = 0): Promise<(string | null)[]> {
  const endAt = async (at: 'latest' | 'written') =>
    (await broker.admin.listOffsets([{ topic, partition }], at))[0]?.offset;
  while ((await endAt('latest')) !== (await endAt('written')));
  return valuesOf(broker, topic, partition);
}

/** Expects a call to fail with a code of the catalogue, and returns the error. */
export async function expectError(call: () => unknown, code: ErrorCode): Promise<MillraceError> {
  let caught: unknown;
  try {
    await call();
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(MillraceError);
  expect((caught as MillraceError).code).toBe(code);
  return caught as MillraceError;
}

function nameOf({ topic, partition }: TopicPartition): string {
  return partitionName(topic, partition);
}
