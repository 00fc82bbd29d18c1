import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Broker } from '../../src/broker/port.ts';
import { NO_HEADERS } from '../../src/core/headers.ts';
import { partitionForKey } from '../../src/core/murmur2.ts';
import { connectKafka } from '../broker/kafka/kafka-harness.ts';
import { readTable } from '../support/topics.ts';
import {
  createDataDirectory,
  fixture,
  MillraceProcess,
  runMillrace,
  type TestDataDirectory,
} from './millrace-process.ts';

const PARTITIONS = 4;
const WORDS = 25;
const name = `counts-${randomUUID().slice(0, 8)}`;
const VARIABLES = { COUNTS_NAME: name };

let broker: Broker;
beforeAll(async () => {
  broker = await connectKafka();
  await broker.admin.createTopics([{ name: `${name}-words`, partitions: PARTITIONS }]);
});

afterAll(async () => {
  await broker.close();
});

async function produceWords(topic: string, rounds: number): Promise<void> {
  const producer = await broker.openProducer();
  for (let round = 0; round < rounds; round++) {
    const records = Array.from({ length: WORDS }, (_, index) => {
      const key = Buffer.from(`w${index}`);
      const partition = partitionForKey(key, PARTITIONS);
      return { partition, record: { key, value: Buffer.from('x'), timestamp: round, headers: NO_HEADERS } };
    });
    const byPartition = Map.groupBy(records, ({ partition }) => partition);
    await producer.send(
      [...byPartition].map(([partition, part]) => ({ topic, partition, records: part.map(({ record }) => record) })),
    );
  }
  await producer.close();
}

function argumentsOf(command: string, data: TestDataDirectory): string[] {
  return [command, fixture('named-counts'), '--kafka', inject('kafkaBootstrap'), '--data-dir', data.path];
}

function start(data: TestDataDirectory, ...more: string[]): MillraceProcess {
  const guarantee = ['--processing-guarantee', 'exactly_once', '--session-timeout', '6s', '--heartbeat-interval', '1s'];
  return new MillraceProcess([...argumentsOf('run', data), ...guarantee, ...more], VARIABLES);
}

async function untilCounted(count: number): Promise<void> {
  const topic = `${name}-totals`;
  for (;;) {
    const totals = await readTable<number>(broker, topic);
    if (totals.size === WORDS && [...totals.values()].every((value) => value === count)) return;
    for (const value of totals.values()) expect(value).toBeLessThanOrEqual(count);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test('two instances share the tasks, one survives the other, and reset starts over', { timeout: 240_000 }, async () => {
  await using one = await createDataDirectory();
  await using other = await createDataDirectory();
  {
    await using killed = start(one, '--threads', '2');
    await using lasting = start(other);
    await killed.says('running; Ctrl-C stops');
    await lasting.says('running; Ctrl-C stops');
    await produceWords(`${name}-words`, 20);
    await untilCounted(20);
    await killed[Symbol.asyncDispose]();
    await produceWords(`${name}-words`, 20);
    await untilCounted(40);
    const refused = await runMillrace([...argumentsOf('reset', one), '--yes'], VARIABLES);
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('GROUP_NOT_EMPTY') });
    lasting.signal('SIGTERM');
    expect((await lasting.finished).exitCode).toBe(0);
  }
  const reset = [...argumentsOf('reset', other), '--to', 'latest'];
  const dry = await runMillrace([...reset, '--dry-run'], VARIABLES);
  expect(dry).toMatchObject({ exitCode: 0, stderr: expect.stringContaining(`topicsDeleted=${name}-totals-changelog`) });
  expect((await runMillrace([...reset, '--yes'], VARIABLES)).exitCode).toBe(0);
  expect(await broker.admin.describeTopics([`${name}-totals-changelog`])).toEqual(new Map());
  const committed = await broker.admin.committedOffsets(name, [{ topic: `${name}-words`, partition: 0 }]);
  const [end] = await broker.admin.listOffsets([{ topic: `${name}-words`, partition: 0 }], 'latest');
  expect(committed[0]?.offset).toBe(end?.offset);
});

test(
  'an instance that is started before its broker says that it waits for it, and then runs',
  { timeout: 180_000 },
  async () => {
    await using data = await createDataDirectory();
    const late = `late-${name}`;
    await broker.admin.createTopics([{ name: `${late}-words`, partitions: PARTITIONS }]);
    const door = createServer((client) => forward(client, inject('kafkaBootstrap')));
    const port = await freePort();
    const kafka = ['--kafka', `127.0.0.1:${port}`, '--data-dir', data.path];
    await using waiting = new MillraceProcess(['run', fixture('named-counts'), ...kafka], { COUNTS_NAME: late });
    await using stopped = new MillraceProcess(['run', fixture('named-counts'), ...kafka], { COUNTS_NAME: late });
    await Promise.all([waiting.says('waits for the broker'), stopped.says('waits for the broker')]);
    stopped.signal('SIGTERM');
    expect((await stopped.finished).exitCode).toBe(0);
    await once(door.listen(port, '127.0.0.1'), 'listening');
    await waiting.says('running; Ctrl-C stops');
    waiting.signal('SIGTERM');
    expect((await waiting.finished).exitCode).toBe(0);
    door.close();
  },
);

/** A port that nobody listened on just now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function forward(client: Socket, to: string): void {
  const [host = '', port] = to.split(':');
  const server = connect(Number(port), host);
  for (const [one, other] of [
    [client, server],
    [server, client],
  ] as const) {
    one.pipe(other);
    one.on('error', () => other.destroy());
  }
}
