import { describe, expect, test } from 'vitest';
import {
  json,
  keyValueStore,
  newRecord,
  sessionStore,
  session,
  string,
  StreamsBuilder,
  tumbling,
  versionedStore,
  windowStore,
  withHeaders,
  type Processor,
  type ProcessorContext,
  type ProcessOptions,
  type StreamRecord,
} from '../../src/index.ts';
import { TopologyTestDriver, type TestRecord } from '../../src/testing/index.ts';

type Context = ProcessorContext<StreamRecord<string, any>>;
type In = StreamRecord<string, number>;

/** Runs records `[key, value, timestamp, headers?]` through a processor that has stores; returns what it forwarded. */
async function run(
  stores: NonNullable<ProcessOptions<any, any>['stores']>,
  open: (context: Context) => (record: In) => void | Promise<void>,
  records: readonly (readonly [string, number, number, Record<string, string>?])[],
  define: (builder: StreamsBuilder) => void = () => undefined,
): Promise<TestRecord<string, any>[]> {
  const builder = new StreamsBuilder({ keySerde: string(), valueSerde: json() });
  define(builder);
  const supplier = (): Processor<any, any> => {
    let step: (record: In) => void | Promise<void>;
    return {
      init: (context) => {
        step = open(context as Context);
      },
      process: (record) => step(record as In),
    };
  };
  builder.stream<string, number>('in').process<string, any>(supplier, { name: 'p', stores }).to('out');
  const driver = new TopologyTestDriver(builder.build('stores'));
  const input = driver.createInputTopic<string, number>('in', { keySerde: string() });
  for (const [key, value, timestamp, headers = {}] of records) {
    const list = Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)] as const);
    await input.pipeInput(key, value, { timestamp, headers: list });
  }
  const out = driver.createOutputTopic<string, any>('out', { keySerde: string() }).readRecords();
  await driver.close();
  return out;
}

const valuesOf = (records: readonly TestRecord<string, any>[]): unknown[] => records.map(({ value }) => value);

describe('a processor with a store of its own', () => {
  test('of windows sees the windows of a key, and no more what has expired', async () => {
    const counts = windowStore<string, number>({
      name: 'counts',
      keySerde: string(),
      windowSizeMs: 10,
      retentionMs: 20,
    });
    const records = await run(
      [counts],
      (context) => {
        const store = context.windowStore(counts);
        return async (record) => {
          const start = record.timestamp - (record.timestamp % 10);
          store.put(record.key, (store.get(record.key, start) ?? 0) + record.value, { start });
          const windows = await Array.fromAsync(store.fetch(record.key, 0, 1000));
          await context.forward(record.withValue(windows.map(({ key, value }) => [key.start, key.end, value])));
        };
      },
      [
        ['a', 1, 3],
        ['a', 2, 5],
        ['a', 3, 12],
        ['b', 1, 39],
        ['a', 4, 42],
        ['a', 5, 2],
      ],
    );
    expect(valuesOf(records)).toEqual([
      [[0, 10, 1]],
      [[0, 10, 3]],
      [
        [0, 10, 3],
        [10, 20, 3],
      ],
      [[30, 40, 1]],
      [[40, 50, 4]],
      [[40, 50, 4]],
    ]);
  });

  test('of sessions grows them', async () => {
    const visits = sessionStore<string, number>({ name: 'visits', keySerde: string(), retentionMs: 1000 });
    const records = await run(
      [visits],
      (context) => {
        const store = context.sessionStore(visits);
        return async ({ key, timestamp, ...record }) => {
          let [start, end, clicks] = [timestamp, timestamp, 1];
          const near = { earliestEnd: timestamp - 5, latestStart: timestamp + 5 };
          for (const found of await Array.fromAsync(store.findSessions(key, near))) {
            [start, end] = [Math.min(start, found.key.start), Math.max(end, found.key.end as number)];
            clicks += found.value;
            store.remove({ ...found.key, end: found.key.end as number });
          }
          store.put({ key, start, end }, clicks);
          const sessions = await Array.fromAsync(store.fetch(key));
          void record;
          await context.forward(
            newRecord({ key, value: sessions.map((one) => [one.key.start, one.key.end, one.value]), timestamp }),
          );
        };
      },
      [
        ['a', 1, 3],
        ['a', 1, 20],
        ['a', 1, 8],
        ['a', 1, 14],
      ],
    );
    expect(valuesOf(records).slice(2)).toEqual([
      [
        [3, 8, 2],
        [20, 20, 1],
      ],
      [
        [3, 8, 2],
        [14, 14, 1],
        [20, 20, 1],
      ],
    ]);
  });

  test('of versioned rows sees them as they were', async () => {
    const prices = versionedStore<string, number>({ name: 'prices', keySerde: string(), historyRetentionMs: 100 });
    const records = await run(
      [prices],
      (context) => {
        const store = context.versionedStore(prices);
        return async (record) => {
          const outcome = store.put(record.key, record.value, record.timestamp);
          await context.forward(record.withValue([outcome, (await store.getAsOf(record.key, 15))?.value ?? null]));
        };
      },
      [
        ['a', 1, 20],
        ['a', 2, 10],
        ['a', 3, 15],
        ['a', 4, 150],
        ['a', 5, 49],
      ],
    );
    expect(valuesOf(records)).toEqual([
      ['latest', null],
      ['earlier', 2],
      ['earlier', 3],
      ['latest', null],
      ['refused', null],
    ]);
  });

  test('with headers keeps them', async () => {
    const seen = keyValueStore({ name: 'seen', keySerde: string(), valueSerde: withHeaders(json<number>()) });
    const records = await run(
      [seen],
      (context) => {
        const store = context.keyValueStore(seen);
        return (record) => {
          const before = store.getWithTimestamp(record.key);
          store.put(record.key, { value: record.value, headers: record.headers }, record.timestamp);
          const headers = before?.value.headers.map(([name, value]) => `${name}=${String(value)}`) ?? [];
          return context.forward(
            record.withValue([before?.value.value ?? null, before?.timestamp ?? null, headers]),
          ) as void;
        };
      },
      [
        ['a', 1, 3, { from: 'web' }],
        ['a', 2, 4],
        ['a', 3, 5],
      ],
    );
    expect(valuesOf(records)).toEqual([
      [null, null, []],
      [1, 3, ['from=web']],
      [2, 4, []],
    ]);
  });

  test('reads the stores of operators upstream by their names', async () => {
    const records = await run(
      ['per-window', 'sessions', 'rows'],
      (context) => {
        const windows = context.windowStore<string, number>('per-window');
        const sessions = context.sessionStore<string, number>('sessions');
        const rows = context.versionedStore<string, number>('rows');
        return async (record) => {
          const counts = (await Array.fromAsync(windows.all())).map(({ value }) => value);
          const visits = (await Array.fromAsync(sessions.fetch(record.key))).map(({ value }) => value);
          await context.forward(record.withValue([counts, visits, rows.get(record.key)]));
        };
      },
      [
        ['a', 1, 3],
        ['b', 2, 5],
        ['a', 3, 12],
      ],
      (builder) => {
        const grouped = builder.stream<string, number>('in').groupByKey();
        grouped.windowedBy(tumbling({ sizeMs: 10, graceMs: 0 })).count({ name: 'per-window', retentionMs: 100 });
        grouped.windowedBy(session({ gapMs: 20, graceMs: 0 })).count({ name: 'sessions' });
        builder
          .stream<string, number>('in')
          .toTable({ name: 'rows', versioned: { historyRetentionMs: 10 }, queryable: true });
      },
    );
    expect(valuesOf(records)).toEqual([
      [[1], [1], 1],
      [[1, 1], [1], 2],
      [[1, 1, 1], [2], 3],
    ]);
  });
});

describe('a store is refused', () => {
  const built = (stores: NonNullable<ProcessOptions<any, any>['stores']>) => (): unknown =>
    new StreamsBuilder().stream('in').process(() => ({ process: () => undefined }), { stores });

  test.each<[string, () => unknown, string]>([
    ['that nobody has', built(['nothing']), 'Expected a store of the topology (), got "nothing"'],
    [
      'whose retention is shorter than its windows',
      () => windowStore({ name: 's', windowSizeMs: 10, retentionMs: 9 }),
      'Expected `retentionMs` to be >= `windowSizeMs`',
    ],
    [
      'of sessions that are not kept',
      () => sessionStore({ name: 's', retentionMs: 0 }),
      'Expected `retentionMs` to be >= 1, got 0',
    ],
    [
      'whose history is no time',
      () => versionedStore({ name: 's', historyRetentionMs: -1 }),
      'Expected `historyRetentionMs` to be a whole number from 0, got -1 in store "s"',
    ],
    [
      'that is to be migrated without a changelog',
      () =>
        windowStore<string, number>({
          name: 's',
          windowSizeMs: 1,
          retentionMs: 1,
          logged: false,
          migrate: { from: json(), to: Number },
        }),
      'Expected `migrate` only with a changelog',
    ],
    [
      'whose name another has',
      built([keyValueStore({ name: 's' }), windowStore({ name: 's', windowSizeMs: 1, retentionMs: 1 })]),
      'Expected each store to have its own name, got "s" twice',
    ],
  ])('%s', (_what, declare, message) => {
    expect(declare).toThrow(message);
  });

  test('that is asked for as one of another kind', async () => {
    const rows = keyValueStore<string, number>({ name: 'rows' });
    const opened = run([rows], (context) => void context.windowStore('rows') as never, [['a', 1, 1]]);
    await expect(opened).rejects.toThrow(/Expected "rows" to be a store of windows, got key-value entries/);
  });
});
