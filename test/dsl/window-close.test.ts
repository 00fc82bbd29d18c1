import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import {
  hopping,
  MillraceError,
  seconds,
  session,
  sliding,
  StreamsBuilder,
  tumbling,
  type Topology,
  type WindowCloseOptions,
} from '../../src/index.ts';
import { TopologyTestDriver } from '../../src/testing/index.ts';
import {
  applicationOf,
  createTopic,
  drained,
  produce,
  readAll,
  temporaryDirectory,
} from '../runtime/application-fixtures.ts';

const OUTPUTS = ['tumbling', 'hopping', 'sliding', 'sessions', 'suppressed', 'suppressed-sessions'];
const FOREVER_MS = 1_000_000;

/** Windows of each kind that are emitted when they close. */
function everyKind(windowClose?: WindowCloseOptions): Topology {
  const builder = new StreamsBuilder();
  const grouped = builder.stream<string, number>('in').groupByKey();
  const options = { emit: 'onWindowClose', ...(windowClose === undefined ? {} : { windowClose }) } as const;
  const until = { until: 'windowCloses', ...(windowClose === undefined ? {} : { windowClose }) } as const;
  const tumblings = tumbling({ sizeMs: 10, graceMs: 3 });
  const sessions = session({ gapMs: 4, graceMs: 3 });
  const tables = {
    tumbling: grouped.windowedBy(tumblings, options).count({ name: 'tumbling' }),
    hopping: grouped.windowedBy(hopping({ sizeMs: 9, advanceMs: 4, graceMs: 3 }), options).count({ name: 'hopping' }),
    sliding: grouped.windowedBy(sliding({ timeDifferenceMs: 6, graceMs: 4 }), options).count({ name: 'sliding' }),
    sessions: grouped.windowedBy(sessions, options).count({ name: 'sessions' }),
    suppressed: grouped
      .windowedBy(tumblings)
      .count({ name: 'counts' })
      .suppress({ ...until, name: 'suppressed' }),
    'suppressed-sessions': grouped
      .windowedBy(sessions)
      .count({ name: 'session-counts' })
      .suppress({ ...until, name: 'suppressed-sessions' }),
  };
  for (const [topic, table] of Object.entries(tables)) {
    table
      .toStream()
      .filter((_, window) => window.start < FOREVER_MS / 2)
      .map((value, window) => [`${window.key}@${window.start}`, value])
      .to(topic);
  }
  return builder.build('windows');
}

interface Piped {
  readonly key: string;
  readonly timestamp: number;
}

/** What the windows come to. */
async function closedWindows(
  topology: Topology,
  steps: (pipe: (record: Piped) => Promise<void>, driver: TopologyTestDriver) => Promise<void>,
): Promise<Record<string, unknown[]>> {
  const driver = new TopologyTestDriver(topology);
  const input = driver.createInputTopic<string, number>('in');
  await steps(({ key, timestamp }) => input.pipeInput(key, 1, { timestamp }), driver);
  const outputs = OUTPUTS.map((topic) => {
    const records = driver.createOutputTopic<string, number>(topic).readRecords();
    return [topic, records.map(({ key, value, timestamp }) => [key, value, timestamp])] as const;
  });
  await driver.close();
  return Object.fromEntries(outputs);
}

const anyRecords = fc.array(
  fc.record({ key: fc.constantFrom('a', 'b'), timestamp: fc.integer({ min: 10, max: 60 }) }),
  { minLength: 1, maxLength: 20 },
);

describe('windowClose', () => {
  test('an idle time closes all windows as a much later record would', async () => {
    await fc.assert(
      fc.asyncProperty(anyRecords, fc.integer({ min: 1, max: 30 }), async (records, idleMs) => {
        const byRecord = await closedWindows(everyKind(), async (pipe) => {
          for (const record of records) await pipe(record);
          await pipe({ key: 'z', timestamp: FOREVER_MS });
        });
        const byClock = await closedWindows(everyKind({ idle: idleMs }), async (pipe, driver) => {
          for (const record of records) await pipe(record);
          for (let elapsedMs = 0; elapsedMs < 100; elapsedMs += 7) await driver.advanceWallClock(7);
        });
        expect(byClock).toEqual(byRecord);
      }),
      { numRuns: 60 },
    );
  });

  test('nothing closes before the idle time, nor before the wall clock has gone as far as the window', async () => {
    const steps = (waits: readonly number[]) => async (pipe: (record: Piped) => Promise<void>, driver: any) => {
      await pipe({ key: 'a', timestamp: 11 });
      for (const wait of waits) await driver.advanceWallClock(wait);
    };
    // The window [10, 20) closes at 23, 12 ms after its record.
    expect((await closedWindows(everyKind({ idle: 30 }), steps([29]))).tumbling).toEqual([]);
    expect((await closedWindows(everyKind({ idle: 30 }), steps([30]))).tumbling).toEqual([['a@10', 1, 11]]);
    expect((await closedWindows(everyKind({ idle: 5 }), steps([5, 6]))).tumbling).toEqual([]);
    expect((await closedWindows(everyKind({ idle: 5 }), steps([5, 7]))).tumbling).toEqual([['a@10', 1, 11]]);
  });

  test('a record of a closed window is late, one of the next window is not', async () => {
    const outputs = await closedWindows(everyKind({ idle: 20 }), async (pipe, driver) => {
      await pipe({ key: 'a', timestamp: 11 });
      await driver.advanceWallClock(FOREVER_MS);
      await pipe({ key: 'a', timestamp: 12 });
      await pipe({ key: 'a', timestamp: 24 });
      await driver.advanceWallClock(FOREVER_MS);
    });
    const expected = [
      ['a@10', 1, 11],
      ['a@20', 1, 24],
    ];
    expect(outputs).toMatchObject({ tumbling: expected, suppressed: expected });
  });

  test('the last windows of cogrouped streams come out too', async () => {
    const builder = new StreamsBuilder();
    builder
      .stream<string, number>('in')
      .groupByKey()
      .cogroup((sum: number, value) => sum + value)
      .cogroup(builder.stream<string, number>('others').groupByKey(), (sum, value) => sum + 10 * value)
      .windowedBy(tumbling({ sizeMs: 10, graceMs: 3 }))
      .aggregate({ initializer: () => 0, name: 'sums' })
      .suppress({ until: 'windowCloses', windowClose: { idle: seconds(30) }, name: 'final' })
      .toStream({ key: (_sum, { key, start }) => `${key}@${start}` })
      .to('out');
    const driver = new TopologyTestDriver(builder.build('cogrouped'));
    await driver.createInputTopic<string, number>('in').pipeInput('a', 1, { timestamp: 11 });
    await driver.createInputTopic<string, number>('others').pipeInput('a', 2, { timestamp: 12 });
    const out = driver.createOutputTopic<string, number>('out');
    await driver.advanceWallClock(seconds(29));
    expect(out.readRecords()).toEqual([]);
    await driver.advanceWallClock(seconds(1));
    expect(out.readRecords()).toMatchObject([{ key: 'a@10', value: 21, timestamp: 12 }]);
    await driver.close();
  });

  test('it is refused where windows do not wait for their close', () => {
    const grouped = new StreamsBuilder().stream<string, number>('in').groupByKey();
    const windows = tumbling({ sizeMs: 10, graceMs: 0 });
    const windowClose = { idle: 10 };
    expect(() => grouped.windowedBy(windows, { windowClose }).count({ name: 'a' })).toThrow(MillraceError);
    const table = grouped.windowedBy(windows).count({ name: 'b' });
    expect(() => table.suppress({ until: { timeLimitMs: 1 }, windowClose, name: 'c' })).toThrow(MillraceError);
    expect(() => grouped.windowedBy(windows, { emit: 'onWindowClose', windowClose: { idle: 0 } })).toThrow(
      MillraceError,
    );
  });

  test('the last windows come out after a restart too, once', async () => {
    await using directory = await temporaryDirectory();
    const broker = await EmbeddedBroker.inMemory();
    await createTopic(broker, 'in');
    const run = async (idleMs: number, done: () => Promise<boolean>): Promise<void> => {
      const application = applicationOf({
        topology: everyKind({ idle: idleMs }),
        broker,
        config: { stateDirectory: directory.path },
      });
      await application.start();
      await drained(application);
      while (!(await done())) await new Promise((resolve) => setImmediate(resolve));
      await application.close();
    };
    const written = async (): Promise<unknown[][]> =>
      (await Promise.all(OUTPUTS.map((topic) => readAll(broker, topic)))).map((records) =>
        records.map(({ key, value }) => [key, value]),
      );
    await produce(broker, 'in', [
      { key: 'a', value: 1, timestamp: 11 },
      { key: 'a', value: 1, timestamp: 12 },
    ]);

    await run(3_600_000, async () => true);
    expect((await written()).flat()).toEqual([]);
    await run(1, async () => (await written()).every((records) => records.length > 0));
    const after = await written();
    await run(1, async () => true);

    expect(after[0]).toEqual([['a@10', 2]]);
    expect(after[4]).toEqual([['a@10', 2]]);
    expect(await written()).toEqual(after);
  });
});
