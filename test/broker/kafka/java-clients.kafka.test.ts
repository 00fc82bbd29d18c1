import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KafkaBroker } from '../../../src/broker/kafka/kafka-broker.ts';
import { partitionForKey } from '../../../src/core/murmur2.ts';
import { createTopic, freshId, readAll, record, valuesOf } from '../broker-harness.ts';
import { type PrivateKafka, startPrivateKafka } from './private-kafka.ts';

const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
const CONSOLE_PRODUCER = 'org.apache.kafka.tools.ConsoleProducer';
const CONSOLE_CONSUMER = 'org.apache.kafka.tools.consumer.ConsoleConsumer';
const CONSUMER_GROUPS = 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand';
const VALUES = Array.from({ length: 500 }, (_, index) => `value ${index} ${'Grüße '.repeat(index % 50)}`.trim());

let kafka: PrivateKafka;
let broker: KafkaBroker;

beforeAll(async () => {
  kafka = await startPrivateKafka({});
  broker = await kafka.connect();
});

afterAll(async () => {
  await broker.close();
  await kafka[Symbol.asyncDispose]();
});

function tool(className: string, args: readonly string[], input?: string): Promise<string> {
  return kafka.server.tool(className, ['--bootstrap-server', kafka.server.bootstrap(), ...args], input);
}

describe('records of the Java client', { timeout: 240_000 }, () => {
  test.each(COMPRESSIONS)('are read with compression %s', async (compression) => {
    const topic = await createTopic(broker);
    await tool(CONSOLE_PRODUCER, ['--topic', topic, '--compression-codec', compression], VALUES.join('\n'));
    expect(await valuesOf(broker, topic)).toEqual(VALUES);
  });

  test('lie in the partitions that murmur2 gives', async () => {
    const topic = await createTopic(broker, 7);
    const keys = VALUES.slice(0, 300);
    const properties = ['--reader-property', 'parse.key=true', '--reader-property', 'key.separator=|'];
    await tool(CONSOLE_PRODUCER, ['--topic', topic, ...properties], keys.map((key) => `${key}|v`).join('\n'));
    const from = Array.from({ length: 7 }, (_, partition) => ({ topic, partition, offset: 0 }));
    const { records } = await readAll(broker, from);
    const found = from.flatMap(({ partition }) =>
      (records.get(`${topic}-${partition}`) ?? []).map(({ key }) => ({ key: String(key), partition })),
    );
    expect(found).toHaveLength(keys.length);
    expect(found).toEqual(found.map(({ key }) => ({ key, partition: partitionForKey(Buffer.from(key), 7) })));
  });
});

describe('the Java client', { timeout: 240_000 }, () => {
  test('reads our records with every compression, and only what is committed', async () => {
    const topic = await createTopic(broker);
    for (const compression of COMPRESSIONS) {
      const writer = await kafka.connect({ compression });
      const producer = await writer.openTransactionalProducer(freshId());
      const recordsOf = (text: string) => VALUES.map((value) => record(compression, `${text} ${value}`));
      await producer.send([{ topic, partition: 0, records: recordsOf('dropped') }]);
      await producer.abort();
      await producer.send([{ topic, partition: 0, records: recordsOf('kept') }]);
      await producer.commit();
      await writer.close();
    }
    const expected = COMPRESSIONS.flatMap((compression) => VALUES.map((value) => `${compression}|kept ${value}`));
    const properties = ['--formatter-property', 'print.key=true', '--formatter-property', 'key.separator=|'];
    const committed = ['--isolation-level', 'read_committed', '--from-beginning'];
    const count = ['--max-messages', String(expected.length), '--timeout-ms', '20000'];
    const printed = await tool(CONSOLE_CONSUMER, ['--topic', topic, ...properties, ...committed, ...count]);
    expect(printed.trimEnd().split('\n')).toEqual(expected);
  });

  test('shows the lag of our groups', async () => {
    const topic = await createTopic(broker);
    const group = freshId();
    await (
      await broker.openProducer()
    ).send([{ topic, partition: 0, records: VALUES.map((value) => record('k', value)) }]);
    await broker.admin.commitOffsets(group, [{ topic, partition: 0, offset: 123 }]);
    const printed = await tool(CONSUMER_GROUPS, ['--describe', '--group', group]);
    expect(
      printed
        .split('\n')
        .find((line) => line.includes(topic))
        ?.split(/\s+/)
        .slice(1, 6),
    ).toEqual([topic, '0', '123', '500', '377']);
  });
});
