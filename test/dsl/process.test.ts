import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  keyValueStore,
  newRecord,
  string,
  StreamsBuilder,
  type FixedKeyContext,
  type FixedKeyProcessor,
  type FixedKeyRecord,
  type KeyValueStore,
  type Processor,
  type ProcessorContext,
  type PunctuationOptions,
  type StreamRecord,
  type Topology,
} from '../../src/index.ts';
import { TopologyTestDriver } from '../../src/testing/index.ts';
import { anyUpdates, runProgram } from './run-program.ts';

type Context = ProcessorContext<StreamRecord<any, any>>;
type Step = (record: StreamRecord<any, any>, context: Context) => void | Promise<void>;

function processorOf(step: Step, init: (context: Context) => void = () => undefined): Processor<any, any> {
  let context: Context;
  return {
    init: (given) => {
      context = given;
      init(given);
    },
    process: (record) => step(record as StreamRecord<any, any>, context),
  };
}

/** Writes the times at which a punctuator is called. */
function punctuated(options: PunctuationOptions, define?: (context: Context) => void): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream<string, number>('in')
    .process(() =>
      processorOf(
        () => undefined,
        (context) => {
          context.schedule(options, (timestamp) => {
            expect(context.recordMetadata).toBeNull();
            return context.forward(newRecord({ key: 'at', value: timestamp, timestamp }));
          });
          define?.(context);
        },
      ),
    )
    .to('out');
  return builder.build('punctuated');
}

async function timesOf(topology: Topology, steps: (driver: TopologyTestDriver) => Promise<void>): Promise<unknown[]> {
  const driver = new TopologyTestDriver(topology);
  await steps(driver);
  const records = driver.createOutputTopic<string, number>('out').readRecords();
  await driver.close();
  return records.map(({ value }) => value);
}

describe('a processor', () => {
  test('keeps a store that equals a naive count, and may give records other keys', async () => {
    await fc.assert(
      fc.asyncProperty(anyUpdates({ in: fc.nat(3) }), async (updates) => {
        const counts = keyValueStore<string, number>({ name: 'counts', keySerde: string() });
        const records = await runProgram((builder) => {
          const counted = builder.stream<string, number>('in').process<string, number>(
            () => {
              let store: KeyValueStore<string, number>;
              return processorOf(
                (record, context) => {
                  const count = (store.get(record.key) ?? 0) + 1;
                  store.put(record.key, count);
                  return context.forward(record.withKey(`${record.key}!`).withValue(count));
                },
                (context) => {
                  store = context.keyValueStore(counts);
                },
              );
            },
            { name: 'count', stores: [counts] },
          );
          counted.toTable({ name: 'by-new-key' }).toStream().to('out');
        }, updates);

        const seen = new Map<string, number>();
        const expected = updates.map(({ key, timestamp }) => {
          const count = (seen.get(key as string) ?? 0) + 1;
          seen.set(key as string, count);
          return [`${key}!`, count, timestamp];
        });
        expect(records.map(({ key, value, timestamp }) => [key, value, timestamp])).toEqual(expected);
      }),
    );
  });

  test('shares a store with another that names it', async () => {
    const shared = keyValueStore<string, number>({ name: 'shared', storage: 'memory' });
    const records = await runProgram(
      (builder) => {
        const input = builder.stream<string, number>('in');
        const options = { stores: [shared] };
        let writer: KeyValueStore<string, number>;
        let reader: KeyValueStore<string, number>;
        input.process(
          () =>
            processorOf(
              (record) => writer.put('last', record.value),
              (context) => {
                writer = context.keyValueStore(shared);
              },
            ),
          options,
        );
        input
          .process(
            () =>
              processorOf(
                (record, context) => context.forward(record.withValue(reader.get('last'))),
                (context) => {
                  reader = context.keyValueStore(shared);
                },
              ),
            options,
          )
          .to('out');
      },
      [{ topic: 'in', key: 'a', value: 7, timestamp: 0 }],
    );

    expect(records.map(({ value }) => value)).toEqual([7]);
  });

  test('forwards to the child that it names', async () => {
    const records = await runProgram(
      (builder) => {
        const split = builder
          .stream<string, number>('in')
          .process(() => processorOf((record, context) => context.forward(record, record.value > 1 ? 'big' : 'small')));
        split.mapValues((value: number) => value * 10, { name: 'big' }).to('out');
        split.mapValues((value: number) => -value, { name: 'small' }).to('out');
      },
      [1, 2, 3].map((value) => ({ topic: 'in', key: 'a', value, timestamp: value })),
    );

    expect(records.map(({ value }) => value)).toEqual([-1, 20, 30]);
  });

  test('may not use a store that it does not name', async () => {
    const builder = new StreamsBuilder();
    const undeclared = keyValueStore({ name: 'undeclared' });
    builder.stream('in').process(() =>
      processorOf(
        () => undefined,
        (context) => void context.keyValueStore(undeclared),
      ),
    );

    expect(() => new TopologyTestDriver(builder.build('program'))).toThrow(
      expect.objectContaining({ code: 'TOPOLOGY_UNKNOWN_STORE' }),
    );
  });

  test('of values keeps the key, also when it forwards later', async () => {
    class OneLater implements FixedKeyProcessor<string, number, string> {
      #context!: FixedKeyContext<string, string>;
      #before: FixedKeyRecord<string, number> | null = null;

      init(context: FixedKeyContext<string, string>): void {
        this.#context = context;
      }

      process(record: FixedKeyRecord<string, number>): void | Promise<void> {
        const before = this.#before;
        this.#before = record;
        if (before !== null) return this.#context.forward(before.withValue(`${before.value} later`));
      }
    }
    const records = await runProgram(
      (builder) => {
        builder
          .stream<string, number>('in')
          .processValues(() => new OneLater())
          .toTable({ name: 'latest' })
          .toStream()
          .to('out');
      },
      ['a', 'b', 'c'].map((key, value) => ({ topic: 'in', key, value, timestamp: value })),
    );

    expect(records.map(({ key, value, timestamp }) => [key, value, timestamp])).toEqual([
      ['a', '0 later', 0],
      ['b', '1 later', 1],
    ]);
  });
});

describe('a plain store', () => {
  test('reads ranges and prefixes in key order, and may be changed meanwhile', async () => {
    const words = keyValueStore<string, number>({ name: 'words', keySerde: string() });
    const found: unknown[] = [];
    await runProgram(
      (builder) => {
        let store: KeyValueStore<string, number>;
        builder.stream<string, number>('in').process(
          () =>
            processorOf(
              async () => {
                for (const [index, key] of ['b', 'ab', 'é', 'aa', 'c'].entries()) store.put(key, index);
                for await (const { key } of store.prefixScan('a', string())) found.push(key);
                for await (const { key } of store.range('ab', 'b')) found.push(key);
                for await (const { key } of store.all()) found.push(store.delete(key));
                found.push(store.delete('b'), await store.approximateNumEntries());
              },
              (context) => {
                store = context.keyValueStore(words);
              },
            ),
          { stores: [words] },
        );
      },
      [{ topic: 'in', key: 'a', value: 0, timestamp: 0 }],
    );

    expect(found).toEqual(['aa', 'ab', 'ab', 'b', 3, 1, 0, 4, 2, null, 0]);
  });
});

describe('punctuation', () => {
  const pipe = async (driver: TopologyTestDriver, timestamps: readonly number[]): Promise<void> => {
    const input = driver.createInputTopic<string, number>('in');
    for (const timestamp of timestamps) await input.pipeInput('a', 1, { timestamp });
  };

  test('by stream time is due at multiples of the interval, once a record, and never goes back', async () => {
    const times = await timesOf(punctuated({ type: 'streamTime', intervalMs: 10 }), (driver) =>
      pipe(driver, [3, 4, 9, 35, 12, 39, 40, 41]),
    );
    expect(times).toEqual([3, 35, 40]);
  });

  test('by the wall clock is due after an interval, once an advance, and keeps its grid', async () => {
    const times = await timesOf(punctuated({ type: 'wallClock', intervalMs: 10 }), async (driver) => {
      for (const ms of [9, 1, 34, 5, 1]) await driver.advanceWallClock(ms);
    });
    expect(times).toEqual([10, 44, 50]);
  });

  test('ends when it is cancelled, by the punctuator itself too', async () => {
    const calls: number[] = [];
    const topology = punctuated({ type: 'wallClock', intervalMs: 10 }, (context) => {
      const scheduled = context.schedule({ type: 'wallClock', intervalMs: 5 }, (timestamp) => {
        calls.push(timestamp);
        if (calls.length === 2) scheduled.cancel();
      });
    });
    await timesOf(topology, async (driver) => {
      for (const ms of [5, 5, 5, 5]) await driver.advanceWallClock(ms);
    });
    expect(calls).toEqual([5, 10]);
  });

  test('that throws says at which node', async () => {
    const topology = punctuated({ type: 'wallClock', intervalMs: 10 }, (context) => {
      context.schedule({ type: 'wallClock', intervalMs: 1 }, async () => {
        throw new Error('broken');
      });
    });
    const driver = new TopologyTestDriver(topology);
    await expect(driver.advanceWallClock(1)).rejects.toMatchObject({
      code: 'PROCESSING_FAILED',
      context: { node: 'KSTREAM-PROCESSOR-0000000001', task: '0_0' },
    });
  });

  test.each([0, -1, 1.5, NaN])('refuses an interval of %s ms', (intervalMs) => {
    expect(() => new TopologyTestDriver(punctuated({ type: 'streamTime', intervalMs }))).toThrow(
      expect.objectContaining({ code: 'TOPOLOGY_INVALID' }),
    );
  });
});
