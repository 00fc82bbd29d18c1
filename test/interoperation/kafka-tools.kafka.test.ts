import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { findKafkaStreamsJars } from '../../scripts/services/kafka-jars.ts';
import type { KafkaBroker } from '../../src/broker/kafka/kafka-broker.ts';
import { cacheDirectory } from '../../src/cli/host/cache-directory.ts';
import { topology } from '../../src/dsl/topology-definition.ts';
import type { Application } from '../../src/runtime/application.ts';
import { type PrivateKafka, startPrivateKafka } from '../broker/kafka/private-kafka.ts';
import { applicationOf, createTopic, drained, produce, temporaryDirectory } from '../runtime/application-fixtures.ts';
import { readTable, readTopic } from '../support/topics.ts';

const PARTITIONS = 6;
const CUSTOMERS = 200;
const ORDERS = 1000;
const CONSUMER_GROUPS = 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand';
const CONSOLE_CONSUMER = 'org.apache.kafka.tools.consumer.ConsoleConsumer';
const CONSOLE_PRODUCER = 'org.apache.kafka.tools.ConsoleProducer';
const JOIN_TOPICS = join(import.meta.dirname, 'JoinTopics.java');

let kafka: PrivateKafka;
let broker: KafkaBroker;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let application: Application;

const orders = (from: number) =>
  Array.from({ length: ORDERS }, (_, index) => ({ key: from + index, value: `c${index % CUSTOMERS}` }));

beforeAll(async () => {
  directory = await temporaryDirectory();
  kafka = await startPrivateKafka({});
  broker = await kafka.connect();
  await createTopic(broker, 'orders', PARTITIONS);
  await produce(broker, 'orders', orders(0));
  application = applicationOf({
    broker,
    topology: topology('orders-by-customer', (builder) => {
      builder
        .stream<number, string>('orders')
        .groupBy((customer) => customer)
        .count({ name: 'count' })
        .toStream()
        .to('orders-by-customer');
    }),
    config: { stateDirectory: directory.path, partitions: PARTITIONS },
  });
  await application.start();
  await drained(application);
});

afterAll(async () => {
  await application.close();
  await broker.close();
  await kafka[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

function tool(className: string, args: readonly string[], input?: string): Promise<string> {
  return kafka.server.tool(className, ['--bootstrap-server', kafka.server.bootstrap(), ...args], input);
}

test('the console consumer shows the committed outputs of an application', { timeout: 240_000 }, async () => {
  const format = ['--formatter-property', 'print.key=true', '--formatter-property', 'key.separator=|'];
  const read = ['--isolation-level', 'read_committed', '--from-beginning', '--timeout-ms', '5000'];
  const printed = await tool(CONSOLE_CONSUMER, ['--topic', 'orders-by-customer', ...format, ...read]);
  const latest = new Map(
    printed.split('\n').flatMap((line) => (line.includes('|') ? [line.split('|') as [string, string]] : [])),
  );
  expect(latest.size).toBe(CUSTOMERS);
  expect(new Set(latest.values())).toEqual(new Set([String(ORDERS / CUSTOMERS)]));
});

test('the tool of consumer groups shows what an application has still to process', { timeout: 240_000 }, async () => {
  application.pause();
  await produce(broker, 'orders', orders(ORDERS));
  const lagOfOrders = async (): Promise<number> => {
    const printed = await tool(CONSUMER_GROUPS, ['--describe', '--group', 'orders-by-customer']);
    const lines = printed.split('\n').map((line) => line.split(/\s+/));
    const lags = lines.filter((line) => line[1] === 'orders');
    expect(lags).toHaveLength(PARTITIONS);
    return lags.reduce((sum, line) => sum + Number(line[5]), 0);
  };
  expect(await lagOfOrders()).toBe(ORDERS);
  application.resume();
  await drained(application);
  expect(await lagOfOrders()).toBe(0);
});

test('Kafka Streams in Java joins our topic by key with one that Java wrote', { timeout: 180_000 }, async () => {
  for (const name of ['names', 'joined']) await createTopic(broker, name, PARTITIONS);
  const names = Array.from({ length: CUSTOMERS }, (_, index) => `"c${index}"|name ${index}`).join('\n');
  const parse = ['--reader-property', 'parse.key=true', '--reader-property', 'key.separator=|'];
  await tool(CONSOLE_PRODUCER, ['--topic', 'names', ...parse], names);

  const jars = await findKafkaStreamsJars(cacheDirectory());
  const topics = ['orders-by-customer', 'names', 'joined'];
  const given = [kafka.server.bootstrap(), join(directory.path, 'java'), ...topics];
  const java = spawn('java', ['-XX:+UseSerialGC', '-Xmx256m', '-cp', jars, JOIN_TOPICS, ...given], { stdio: 'ignore' });
  try {
    const counts = await readTable(broker, 'orders-by-customer');
    const expected = Object.fromEntries(
      [...counts].map(([key, count]) => [key, `${String(count)}/name ${JSON.parse(key).slice(1)}`]),
    );
    expect(counts.size).toBe(CUSTOMERS);
    await vi.waitFor(async () => expect(await joined()).toEqual(expected), { timeout: 120_000, interval: 500 });
  } finally {
    const ended = once(java, 'exit');
    java.kill('SIGKILL');
    await ended;
  }
});

/** The latest text of each key. */
async function joined(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const { key, value } of await readTopic(broker, 'joined')) found[String(key)] = String(value);
  return found;
}
