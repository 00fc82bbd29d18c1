import { describe, expect, test } from 'vitest';
import { EmbeddedBroker } from '../../../src/broker/embedded/embedded-broker.ts';
import type { Broker, ProducedRecord } from '../../../src/broker/port.ts';
import { NO_HEADERS } from '../../../src/core/headers.ts';
import { StreamsBuilder } from '../../../src/index.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { readTopic } from '../../support/topics.ts';
import { applicationOf, createTopic, drained, produce, readAll, temporaryDirectory } from '../application-fixtures.ts';
import { chainOf } from '../fixtures.ts';

type Config = Parameters<typeof applicationOf>[0]['config'];

/** Runs a topology over what is in its topics, and tells what it dropped. */
async function run(
  broker: Broker,
  topology: Topology,
  config: Partial<Config>,
): Promise<Readonly<Record<string, number>>> {
  await using directory = await temporaryDirectory();
  const application = applicationOf({ topology, broker, config: { ...config, stateDirectory: directory.path } });
  await application.start();
  await drained(application);
  const { recordsDropped } = application.metrics();
  await application.close();
  return recordsDropped;
}

async function send(broker: Broker, topic: string, records: readonly Partial<ProducedRecord>[]): Promise<void> {
  const producer = await broker.openProducer();
  const whole = records.map((record) => ({ key: null, value: null, timestamp: 5, headers: NO_HEADERS, ...record }));
  await producer.send([{ topic, partition: 0, records: whole }]);
  await producer.close();
}

function headersOf(record: ProducedRecord): Record<string, string> {
  return Object.fromEntries(record.headers.map(([name, value]) => [name, String(value)]));
}

const failing = (): Topology =>
  chainOf((record, context) => {
    if (record.value === 'bad') throw new RangeError('not this one');
    return context.forward(record);
  });

async function brokerWithInput(): Promise<Broker> {
  const broker = await EmbeddedBroker.inMemory();
  await createTopic(broker, 'input');
  return broker;
}

describe('a record that code of the topology throws at', () => {
  test('is passed over, counted, and the others go on', async () => {
    const broker = await brokerWithInput();
    await produce(
      broker,
      'input',
      ['a', 'bad', 'c'].map((value) => ({ key: 1, value })),
    );

    const dropped = await run(broker, failing(), { processingErrors: 'continue' });

    expect(dropped).toEqual({ 'processing error': 1 });
    expect((await readAll(broker, 'output')).map(({ value }) => value)).toEqual(['a', 'c']);
  });

  test('goes to the dead letter topic as it was, with headers that tell of the error', async () => {
    const broker = await brokerWithInput();
    const key = Buffer.from('"k"');
    const value = Buffer.from('"bad"');
    await send(broker, 'input', [
      { key, value: Buffer.from('1') },
      { key, value, timestamp: 77, headers: [['h', Buffer.from('x')]] },
    ]);

    await run(broker, failing(), { processingErrors: 'deadLetter' });

    const [letter, ...others] = await readTopic(broker, 'chain-dead-letters');
    expect(others).toEqual([]);
    expect(letter).toMatchObject({ key, value, timestamp: 77 });
    expect(headersOf(letter as ProducedRecord)).toMatchObject({
      h: 'x',
      '__streams.errors.exception': 'RangeError',
      '__streams.errors.message': 'not this one',
      '__streams.errors.topic': 'input',
      '__streams.errors.partition': '0',
      '__streams.errors.offset': '1',
    });
    expect(headersOf(letter as ProducedRecord)['__streams.errors.stacktrace']).toContain(
      'RangeError: not this one\n    at ',
    );
  });

  test('is passed over by the node that threw only', async () => {
    const broker = await brokerWithInput();
    await produce(
      broker,
      'input',
      ['a', 'bad'].map((value) => ({ key: 1, value })),
    );
    const builder = new StreamsBuilder();
    const input = builder.stream<number, string>('input');
    input
      .mapValues((value) => {
        if (value === 'bad') throw new RangeError('no');
        return value;
      })
      .to('checked');
    input.to('unchecked');

    await run(broker, builder.build('two'), { processingErrors: 'continue' });

    expect(await readAll(broker, 'checked')).toHaveLength(1);
    expect(await readAll(broker, 'unchecked')).toHaveLength(2);
  });

  test('is passed over also when it fails later, and while others are in flight', async () => {
    const broker = await brokerWithInput();
    await produce(
      broker,
      'input',
      ['a', 'bad', 'c', 'bad'].map((value, key) => ({ key, value })),
    );
    const builder = new StreamsBuilder();
    builder
      .stream<number, string>('input')
      .mapValuesAsync(
        async (value) => {
          await new Promise((resolve) => setImmediate(resolve));
          if (value === 'bad') throw new RangeError('no');
          return value;
        },
        { concurrency: 3, timeoutMs: 1000 },
      )
      .to('output');

    const dropped = await run(broker, builder.build('later'), { processingErrors: 'deadLetter' });

    expect(dropped).toEqual({ 'processing error': 2 });
    expect((await readAll(broker, 'output')).map(({ value }) => value).toSorted()).toEqual(['a', 'c']);
    const letters = await readTopic(broker, 'later-dead-letters');
    expect(letters.map((letter) => headersOf(letter)['__streams.errors.offset']).toSorted()).toEqual(['1', '3']);
  });

  test('stops the application by default, and leaves no dead letter', async () => {
    const broker = await brokerWithInput();
    await produce(broker, 'input', [{ key: 1, value: 'bad' }]);
    await using directory = await temporaryDirectory();
    const config = { stateDirectory: directory.path, deserializationErrors: 'deadLetter' } as const;
    const application = applicationOf({ topology: failing(), broker, config });

    await application.start();

    await expect(application.finished).rejects.toMatchObject({ code: 'PROCESSING_FAILED', context: { offset: 0 } });
    expect(await readAll(broker, 'chain-dead-letters')).toEqual([]);
  });
});

describe('a record that cannot be deserialized', () => {
  const counts = (): Topology => {
    const builder = new StreamsBuilder();
    builder.stream<string, number>('input').groupByKey().count({ name: 'counts' }).toStream().to('output');
    return builder.build('counted');
  };

  test('leaves nothing behind in stores, though nobody would have looked at its value', async () => {
    const broker = await brokerWithInput();
    const key = Buffer.from('"k"');
    await send(broker, 'input', [
      { key, value: Buffer.from('1') },
      { key, value: Buffer.from('{broken') },
      { key, value: Buffer.from('2') },
    ]);

    const dropped = await run(broker, counts(), { deserializationErrors: 'deadLetter', deadLetterTopic: 'letters' });

    expect(dropped).toEqual({ 'deserialization error': 1 });
    expect((await readAll(broker, 'output')).at(-1)).toEqual({ key: 'k', value: 2 });
    const letters = await readTopic(broker, 'letters');
    expect(letters).toHaveLength(1);
    expect(headersOf(letters[0] as ProducedRecord)).toMatchObject({
      '__streams.errors.exception': 'DESERIALIZATION_FAILED',
      '__streams.errors.offset': '1',
    });
  });

  test('is not processed again after a restart when it was the last', async () => {
    const broker = await brokerWithInput();
    await send(broker, 'input', [{ key: Buffer.from('{broken') }]);

    await run(broker, counts(), { deserializationErrors: 'deadLetter' });
    await run(broker, counts(), { deserializationErrors: 'deadLetter' });

    expect(await readTopic(broker, 'counted-dead-letters')).toHaveLength(1);
  });
});

describe('a result that cannot be written', () => {
  test('is passed over when its serde refuses it', async () => {
    const broker = await brokerWithInput();
    await produce(
      broker,
      'input',
      [1, 2].map((value) => ({ key: 1, value })),
    );
    const topology = chainOf((record, context) =>
      context.forward(record.value === 1 ? record.withValue(() => undefined) : record),
    );

    const dropped = await run(broker, topology, { productionErrors: 'deadLetter' });

    expect(dropped).toEqual({ 'production error': 1 });
    expect(await readAll(broker, 'output')).toEqual([{ key: 1, value: 2 }]);
    const [letter] = await readTopic(broker, 'chain-dead-letters');
    expect(letter?.value).toEqual(Buffer.from('1'));
  });

  test('is passed over when it is larger than its topic allows', async () => {
    const broker = await brokerWithInput();
    await broker.admin.createTopics([{ name: 'output', partitions: 1, config: { 'max.message.bytes': 2000 } }]);
    await produce(
      broker,
      'input',
      [1, 2000, 2].map((value) => ({ key: 1, value })),
    );
    const topology = chainOf((record, context) => context.forward(record.withValue('x'.repeat(record.value))));

    const dropped = await run(broker, topology, { productionErrors: 'continue' });

    expect(dropped).toEqual({ 'production error': 1 });
    expect((await readAll(broker, 'output')).map(({ value }) => value)).toEqual(['x', 'xx']);
  });
});
