import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import {
  json,
  keyValueStore,
  session,
  string,
  topology,
  tumbling,
  type Serde,
  type Topology,
} from '../../src/index.ts';
import type { Migration } from '../../src/store/store.ts';
import {
  applicationOf,
  createTopic,
  produce,
  readAll,
  runUntilDrained,
  temporaryDirectory,
  type PlainRecord,
} from './application-fixtures.ts';

/** The sum of each key: first a number, then with its count, then as text of both. */
interface Sum {
  readonly sum: number;
  readonly count: number | null;
}
const plain = json<number>();
const withCount = json<Sum>();
const toCount: Migration<number, Sum> = { from: plain, to: (sum) => (sum < 0 ? null : { sum, count: null }) };
const toText: Migration<Sum, string> = { from: withCount, to: ({ sum, count }) => `${sum}/${count}` };

interface Version {
  readonly valueSerde: Serde<any>;
  readonly migrate?: readonly Migration[];
  readonly initial: unknown;
  add(aggregate: any, value: number): unknown;
}

const first: Version = { valueSerde: plain, initial: 0, add: (sum: number, value) => sum + value };
const second: Version = {
  valueSerde: withCount,
  migrate: [toCount],
  initial: { sum: 0, count: 0 },
  add: ({ sum, count }: Sum, value) => ({ sum: sum + value, count: (count ?? 100) + 1 }),
};
const third: Version = {
  valueSerde: string(),
  migrate: [toCount, toText],
  initial: '',
  add: (text: string, value) => `${text}+${value}`,
};

function sums({ valueSerde, migrate, initial, add }: Version): Topology {
  return topology('sums', (builder) => {
    builder
      .stream<string, number>('in')
      .groupByKey()
      .aggregate<any>({
        initializer: () => initial,
        aggregator: add,
        name: 'sums',
        valueSerde,
        ...(migrate === undefined ? {} : { migrate }),
      })
      .toStream()
      .mapValues((value) => value)
      .to('out', { valueSerde: json() });
  });
}

let broker: EmbeddedBroker;
let state: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeEach(async () => {
  broker = await EmbeddedBroker.inMemory();
  state = await temporaryDirectory();
  await createTopic(broker, 'in');
});
afterEach(async () => {
  await broker.close();
  await state[Symbol.asyncDispose]();
});

async function run(version: Version, records: readonly PlainRecord[], path = state.path): Promise<unknown> {
  const before = (await readAll(broker, 'out').catch(() => [])).length;
  await produce(broker, 'in', records);
  await runUntilDrained(applicationOf({ topology: sums(version), broker, config: { stateDirectory: path } }));
  return (await readAll(broker, 'out')).slice(before).map(({ key, value }) => [key, value]);
}

describe('a store whose values have another type than before', () => {
  test('goes on from the local state of the earlier program', async () => {
    await run(first, [{ key: 'a', value: 5 }]);

    expect(await run(second, [{ key: 'a', value: 2 }])).toEqual([['a', { sum: 7, count: 101 }]]);
    expect(await run(second, [{ key: 'a', value: 1 }])).toEqual([['a', { sum: 8, count: 102 }]]);
  });

  test('goes on from a changelog of old and new values', async () => {
    await using elsewhere = await temporaryDirectory();
    await run(first, [
      { key: 'a', value: 5 },
      { key: 'b', value: 6 },
    ]);
    await run(second, [{ key: 'b', value: 1 }]);

    const more = [
      { key: 'a', value: 1 },
      { key: 'b', value: 1 },
    ];
    expect(await run(second, more, elsewhere.path)).toEqual([
      ['a', { sum: 6, count: 101 }],
      ['b', { sum: 8, count: 102 }],
    ]);
  });

  test('goes through each step that its values have not gone through', async () => {
    await run(first, [
      { key: 'a', value: 5 },
      { key: 'b', value: 6 },
    ]);
    await run(second, [{ key: 'b', value: 1 }]);

    const more = [
      { key: 'a', value: 1 },
      { key: 'b', value: 1 },
    ];
    expect(await run(third, more)).toEqual([
      ['a', '5/null+1'],
      ['b', '7/101+1'],
    ]);
  });

  test('leaves out what a step makes nothing of', async () => {
    await run(first, [{ key: 'a', value: -5 }]);

    expect(await run(second, [{ key: 'a', value: 2 }])).toEqual([['a', { sum: 2, count: 1 }]]);
  });

  test('is refused by a program that does not know the version', async () => {
    await run(second, [{ key: 'a', value: 5 }]);

    await expect(run(first, [])).rejects.toMatchObject({ code: 'STORE_VERSION_UNKNOWN' });
  });

  test('names the store where a step fails, and loses nothing', async () => {
    await run(first, [{ key: 'a', value: 5 }]);
    const failing = {
      from: plain,
      to: () => {
        throw new Error('no');
      },
    };

    await expect(run({ ...second, migrate: [failing] }, [])).rejects.toMatchObject({
      code: 'STORE_MIGRATION_FAILED',
      context: { store: 'sums' },
    });
    expect(await run(second, [{ key: 'a', value: 2 }])).toEqual([['a', { sum: 7, count: 101 }]]);
  });
});

test('only a store with a changelog can be migrated', () => {
  expect(() => keyValueStore({ name: 'kept', logged: false, migrate: toCount })).toThrow(
    /`migrate` only with a changelog/,
  );
});

describe('windows whose values have another type than before', () => {
  /** The sums of windows and of sessions; as numbers at first, then with the number of values since. */
  const windowed = (migrated: boolean): Topology =>
    topology('windowed', (builder) => {
      const grouped = builder.stream<string, number>('in').groupByKey();
      const plus = (a: Sum, b: Sum): Sum => ({ sum: a.sum + b.sum, count: (a.count ?? 100) + (b.count ?? 100) });
      const fold = migrated
        ? {
            initializer: (): any => ({ sum: 0, count: 0 }),
            aggregator: (total: any, value: number): any => plus(total, { sum: value, count: 1 }),
            merger: plus as (a: any, b: any) => any,
            migrate: toCount,
          }
        : {
            initializer: (): any => 0,
            aggregator: (total: any, value: number): any => total + value,
            merger: (a: any, b: any): any => a + b,
          };
      for (const storage of ['persistent', 'memory'] as const) {
        const tumblings = grouped.windowedBy(tumbling({ sizeMs: 10, graceMs: 100 }));
        const sessions = grouped.windowedBy(session({ gapMs: 5, graceMs: 100 }));
        const tables = [
          tumblings.aggregate({ ...fold, storage, name: `windows-${storage}` }),
          sessions.aggregate({ ...fold, storage, name: `sessions-${storage}` }),
        ];
        for (const table of tables) {
          table
            .toStream({ key: (_value, { key, start }) => `${key}@${start}` })
            .filter((value) => value !== null)
            .to(`${storage}-out`);
        }
      }
    });
  const step = async (migrated: boolean, records: readonly PlainRecord[], path: string): Promise<unknown[]> => {
    const before = await Promise.all(
      ['persistent-out', 'memory-out'].map((topic) => readAll(broker, topic).catch(() => [])),
    );
    await produce(broker, 'in', records);
    const config = { stateDirectory: path };
    await runUntilDrained(applicationOf({ topology: windowed(migrated), broker, config }));
    const after = await Promise.all(['persistent-out', 'memory-out'].map((topic) => readAll(broker, topic)));
    const added = after.map((records, index) => records.slice(before[index]?.length));
    expect(added[0]).toEqual(added[1]);
    return (added[0] ?? []).map(({ key, value }) => [key, value]);
  };

  test.each(['the same machine', 'another one'])('go on from those of the earlier program, on %s', async (machine) => {
    await using other = await temporaryDirectory();
    await step(
      false,
      [
        { key: 'a', value: 5, timestamp: 1 },
        { key: 'a', value: -7, timestamp: 12 },
      ],
      state.path,
    );
    const path = machine === 'another one' ? other.path : state.path;
    const records = [
      { key: 'a', value: 2, timestamp: 4 },
      { key: 'a', value: 3, timestamp: 14 },
    ];
    // The step leaves negative sums out: those windows begin anew.
    expect(await step(true, records, path)).toEqual([
      ['a@0', { sum: 7, count: 101 }],
      ['a@1', { sum: 7, count: 101 }],
      ['a@10', { sum: 3, count: 1 }],
      ['a@14', { sum: 3, count: 1 }],
    ]);
    expect(await step(true, [{ key: 'a', value: 1, timestamp: 15 }], path)).toEqual([
      ['a@10', { sum: 4, count: 2 }],
      ['a@14', { sum: 4, count: 2 }],
    ]);
  });
});
