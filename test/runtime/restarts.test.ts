import { describe, expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import { StreamsBuilder, type Topology } from '../../src/index.ts';
import { TopologyTestDriver } from '../../src/testing/index.ts';
import {
  applicationOf,
  createTopic,
  drained,
  produce,
  readAll,
  temporaryDirectory,
  type PlainRecord,
} from './application-fixtures.ts';

interface Input extends PlainRecord {
  readonly topic: string;
  readonly timestamp: number;
}

/** Programs whose operators know something beyond the rows of tables: it must outlive the application. */
const programs: { readonly [name: string]: { define: (builder: StreamsBuilder) => void; inputs: readonly Input[] } } = {
  'an outer join of streams': {
    define: (builder) => {
      const join = (left: unknown, right: unknown): unknown => [left, right];
      const window = { beforeMs: 10, afterMs: 10, graceMs: 5 };
      const right = builder.stream<string, number>('right');
      builder.stream<string, number>('left').outerJoin(right, { join, window, name: 'joined' }).to('out');
    },
    inputs: [
      ['left', 'a', 1, 0],
      ['right', 'b', 2, 3],
      ['left', 'a', 3, 8],
      ['left', 'c', 4, 9],
      ['right', 'a', 5, 9],
      ['right', 'c', 6, 30],
      ['left', 'c', 7, 31],
      ['left', 'a', 8, 12],
      ['right', 'x', 9, 90],
      ['left', 'x', 10, 200_000],
      ['right', 'x', 11, 200_000],
      ['left', 'd', 12, 200_010],
      ['left', 'd', 13, 200_010],
      ['right', 'd', 14, 200_012],
    ].map(toInput),
  },
  'a join with the rows of the past, for which records wait': {
    define: (builder) => {
      const join = (click: unknown, user: unknown): unknown => [click, user];
      const users = builder.table<string, number>('users', { versioned: { historyRetentionMs: 50 } });
      const clicks = builder.stream<string, number>('clicks');
      clicks.leftJoin(users, { join, name: 'waiting', graceMs: 10 }).to('out');
      clicks
        .leftJoin(
          users.mapValues((value) => -value),
          { join },
        )
        .to('out');
    },
    inputs: [
      ['users', 'a', 1, 10],
      ['clicks', 'a', 2, 12],
      ['users', 'a', 3, 20],
      ['users', 'a', null, 15],
      ['clicks', 'a', 4, 17],
      ['clicks', 'b', 5, 21],
      ['clicks', 'a', 6, 16],
      ['users', 'b', 7, 21],
      ['clicks', 'a', 8, 5],
      ['users', 'a', 9, 100],
      ['users', 'a', 10, 49],
      ['clicks', 'a', 11, 60],
      ['users', 'b', null, 120],
      ['clicks', 'b', 12, 110],
      ['clicks', 'b', 13, 140],
    ].map(toInput),
  },
  'a table that forgets': {
    define: (builder) => {
      const users = builder.table<string, number>('users', { lru: { maxEntries: 2 } });
      users
        .groupBy((value) => [value, value])
        .count({ name: 'counts', storage: 'memory' })
        .toStream()
        .to('out');
    },
    inputs: ['a', 'b', 'c', 'a', 'c', 'b', 'c', 'a', 'b'].map((key, index) =>
      toInput(['users', key, index % 3, index]),
    ),
  },
};

function toInput([topic, key, value, timestamp]: readonly unknown[]): Input {
  return { topic: topic as string, key, value, timestamp: timestamp as number };
}

function build(define: (builder: StreamsBuilder) => void): Topology {
  const builder = new StreamsBuilder();
  define(builder);
  return builder.build('restarted');
}

async function expectedOf(topology: Topology, inputs: readonly Input[]): Promise<unknown[]> {
  const driver = new TopologyTestDriver(topology);
  for (const { topic, key, value, timestamp } of inputs) {
    await driver.createInputTopic(topic).pipeInput(key, value, { timestamp });
  }
  const records = driver.createOutputTopic('out').readRecords();
  await driver.close();
  return records.map(({ key, value }) => ({ key, value }));
}

describe.each(Object.entries(programs))('%s', (_name, { define, inputs }) => {
  test.each([
    { every: 1, wiped: false },
    { every: 3, wiped: false },
    { every: 3, wiped: true },
  ])('goes on where it was after each $every records (local state lost: $wiped)', async ({ every, wiped }) => {
    await using first = await temporaryDirectory();
    const broker = await EmbeddedBroker.inMemory();
    for (const topic of new Set(inputs.map((input) => input.topic))) await createTopic(broker, topic);
    for (let from = 0; from < inputs.length; from += every) {
      await using other = await temporaryDirectory();
      const stateDirectory = wiped ? other.path : first.path;
      const application = applicationOf({ topology: build(define), broker, config: { stateDirectory } });
      await application.start();
      for (const { topic, ...record } of inputs.slice(from, from + every)) {
        await produce(broker, topic, [record]);
        await drained(application);
      }
      await application.close();
    }

    expect(await readAll(broker, 'out')).toEqual(await expectedOf(build(define), inputs));
    await broker.close();
  });
});
