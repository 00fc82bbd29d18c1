import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KafkaBroker } from '../../../src/broker/kafka/kafka-broker.ts';
import { type KafkaServer, startKafkaServer } from '../../../scripts/services/kafka-server.ts';
import { createTopic } from '../broker-harness.ts';
import { GroupUnderTest } from '../group-harness.ts';
import { addressesOf } from './kafka-harness.ts';

const TIMES = { sessionTimeoutMs: 6000, rebalanceTimeoutMs: 20_000, heartbeatIntervalMs: 300 };
const GROUP_TOOL = 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand';

let directory: string;
let server: KafkaServer;
let broker: KafkaBroker;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-groups-'));
  server = await startKafkaServer({ dataDirectory: directory, brokers: 3 });
  broker = await KafkaBroker.connect({ brokers: addressesOf(server.bootstrap()), clientId: 'test' });
});

afterAll(async () => {
  await broker.close();
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

async function describeGroup(group: string, ...args: string[]): Promise<string> {
  const address = ['--bootstrap-server', server.bootstrap()];
  return server.tool(GROUP_TOOL, [...address, '--describe', '--group', group, ...args]);
}

async function createGroup(): Promise<GroupUnderTest> {
  const topic = { name: await createTopic(broker, 4), partitions: 4 };
  return new GroupUnderTest(broker, TIMES, topic);
}

test("Kafka's own tool shows the members, what each has, and how far behind it is", async () => {
  await using group = await createGroup();
  const members = [await group.join(), await group.join()];
  await group.untilShared(members);
  const [first] = group.partitions;
  const producer = await broker.openProducer();
  const record = { key: null, value: Buffer.from('v'), timestamp: 1, headers: [] };
  await producer.send([{ topic: first?.topic ?? '', partition: 0, records: [record, record, record] }]);
  await producer.close();
  const owner = members.find(({ owned }) => owned.has(`${first?.topic}-0`));
  await broker.admin.commitOffsets(
    group.name,
    [{ topic: first?.topic ?? '', partition: 0, offset: 1 }],
    owner?.identity,
  );
  const lines = (await describeGroup(group.name)).split('\n').map((line) => line.trim().split(/\s+/));
  const shown = lines.find((cells) => cells[1] === first?.topic && cells[2] === '0');
  expect(shown?.slice(3, 7)).toEqual(['1', '3', '2', owner?.identity.memberId]);
  const assigned = lines.filter((cells) => cells[1] === first?.topic).map((cells) => cells[6]);
  expect(new Set(assigned)).toEqual(new Set(members.map(({ identity }) => identity.memberId)));
});

test('a group outlives the broker that coordinates it, and nothing gets two owners', async () => {
  await using group = await createGroup();
  const members = [await group.join(), await group.join()];
  await group.untilShared(members);
  const state = (await describeGroup(group.name, '--state')).split('\n').find((line) => line.includes(group.name));
  const coordinator = Number(/\((\d+)\)/.exec(state ?? '')?.[1]);
  const killed = server.brokers.find(({ id }) => id === coordinator);
  await killed?.kill();
  const newcomer = await group.join();
  await group.untilShared([...members, newcomer]);
  const offsets = group.partitions.map((partition) => ({ ...partition, offset: 5 }));
  await broker.admin.commitOffsets(group.name, offsets, newcomer.identity);
  expect(await broker.admin.committedOffsets(group.name, group.partitions)).toEqual(offsets);
  expect([...members, newcomer].map(({ losses, failure }) => [losses, failure])).toEqual([
    [0, null],
    [0, null],
    [0, null],
  ]);
});
