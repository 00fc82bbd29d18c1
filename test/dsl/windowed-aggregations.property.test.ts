import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StreamsBuilder } from '../../src/dsl/streams-builder.ts';
import { hopping } from '../../src/dsl/windows/hopping.ts';
import { session } from '../../src/dsl/windows/session.ts';
import { sliding } from '../../src/dsl/windows/sliding.ts';
import { windowed } from '../../src/dsl/windows/windowed.ts';
import type { Windows } from '../../src/dsl/windows/windows.ts';
import { json } from '../../src/serde/json-serde.ts';
import { string } from '../../src/serde/string-serde.ts';
import type { Windowed } from '../../src/serde/windowed-serde.ts';
import { TopologyTestDriver } from '../../src/testing/index.ts';
import { anyUpdates, runProgram, type Update } from './run-program.ts';

const anyNumbers = anyUpdates({ in: fc.nat({ max: 99 }) });

/** What came out: windows by name, with their last value; deleted ones are left out. */
type Rows = Record<string, number[]>;

const nameOf = ({ key, start, end }: Windowed<string>): string => `${key}@${start}-${end}`;
const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

interface Options {
  readonly emit?: 'onWindowUpdate' | 'onWindowClose';
  readonly retentionMs?: number;
}

/** Collects the values of each window into a list, whatever the kind of window. */
function lists(
  builder: StreamsBuilder,
  windows: Windows,
  { emit = 'onWindowUpdate', ...retention }: Options = {},
): void {
  const grouped = builder.stream<string, number>('in').groupByKey();
  const fold = {
    initializer: (): number[] => [],
    aggregator: (list: number[], value: number): number[] => [...list, value],
    merger: (a: number[], b: number[]): number[] => [...a, ...b],
    name: 'lists',
    ...retention,
  };
  const result =
    windows.kind === 'session'
      ? grouped.windowedBy(windows, { emit }).aggregate(fold)
      : grouped.windowedBy(windows as never, { emit }).aggregate(fold as never);
  // The key as text, for runProgram reads strings.
  result.toStream({ key: (_value, key) => nameOf(key as Windowed<string>) }).to('out');
}

async function run(
  windows: Windows,
  updates: readonly Update<number>[],
  options: Options = {},
): Promise<{ name: string; values: number[] | null; timestamp: number }[]> {
  const records = await runProgram((builder) => lists(builder, windows, options), updates);
  return records.map(({ key, value, timestamp }) => ({ name: key as string, values: value, timestamp }));
}

function lastRows(records: readonly { name: string; values: number[] | null }[]): Rows {
  const rows: Rows = {};
  for (const { name, values } of records) {
    if (values === null) delete rows[name];
    else rows[name] = sorted(values);
  }
  return rows;
}

const valued = (updates: readonly Update<number>[]): Update<number>[] =>
  updates.filter(({ key, value }) => key !== null && value !== null);

const anyHopping = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.nat({ max: 12 }))
  .map(([a, b, graceMs]) => hopping({ sizeMs: Math.max(a, b), advanceMs: Math.min(a, b), graceMs }));

test('a hopping window has the records that fall into it and came before it closed, at the time of the latest', async () => {
  await fc.assert(
    fc.asyncProperty(anyHopping, anyNumbers, async (windows, updates) => {
      const { sizeMs, advanceMs, graceMs } = windows;
      const expected: { name: string; values: (number | null)[]; timestamp: number }[] = [];
      const rows = new Map<string, { values: (number | null)[]; timestamp: number }>();
      let streamTime = -1;
      for (const { key, value, timestamp } of updates) {
        streamTime = Math.max(streamTime, timestamp);
        for (let start = 0; start <= timestamp; start += advanceMs) {
          const end = start + sizeMs;
          if (timestamp >= end || end <= streamTime - graceMs) continue;
          const name = `${key}@${start}-${end}`;
          const old = rows.get(name);
          const next = { values: [...(old?.values ?? []), value], timestamp: Math.max(timestamp, old?.timestamp ?? 0) };
          rows.set(name, next);
          expected.push({ name, ...next });
        }
      }
      expect(await run(windows, updates)).toEqual(expected);
    }),
    { numRuns: 200 },
  );
});

/** All windows that some record makes, with all records that fall into them: what is left when nothing is late. */
function slidingRows(updates: readonly Update<number>[], difference: number): Rows {
  const rows: Rows = {};
  for (const { key, timestamp } of valued(updates)) {
    const ofKey = valued(updates).filter((update) => update.key === key);
    const add = (start: number): void => {
      const inside = ofKey.filter((other) => other.timestamp >= start && other.timestamp <= start + difference);
      if (inside.length === 0) return;
      rows[`${key}@${start}-${start + difference}`] = sorted(inside.map(({ value }) => value as number));
    };
    add(Math.max(0, timestamp - difference));
    add(timestamp + 1);
  }
  return rows;
}

test('there is a sliding window for each record and after each record, with all records in it, in whatever order they come', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 12 }), anyNumbers, async (timeDifferenceMs, updates) => {
      const records = await run(sliding({ timeDifferenceMs, graceMs: 1000 }), updates);
      expect(lastRows(records)).toEqual(slidingRows(updates, timeDifferenceMs));
    }),
    { numRuns: 300 },
  );
});

/** Clusters of records with no gap larger than the one given. */
function sessionRows(updates: readonly Update<number>[], gapMs: number): Rows {
  const rows: Rows = {};
  for (const [key, ofKey] of Map.groupBy(updates, (update) => update.key)) {
    const ordered = ofKey.toSorted((a, b) => a.timestamp - b.timestamp);
    let current: Update<number>[] = [];
    for (const [index, update] of ordered.entries()) {
      current.push(update);
      const next = ordered[index + 1];
      if (next !== undefined && next.timestamp - update.timestamp <= gapMs) continue;
      const [first] = current;
      rows[`${key}@${first?.timestamp}-${update.timestamp}`] = sorted(current.map(({ value }) => value as number));
      current = [];
    }
  }
  return rows;
}

test('sessions are the records of a key between gaps, in whatever order they come', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 8 }), anyNumbers, async (gapMs, updates) => {
      const inOnes = valued(updates);
      const records = await run(session({ gapMs, graceMs: 1000 }), inOnes);
      expect(lastRows(records)).toEqual(sessionRows(inOnes, gapMs));
    }),
    { numRuns: 300 },
  );
});

const anySliding = fc
  .tuple(fc.nat(9), fc.nat(9))
  .map(([timeDifferenceMs, graceMs]) => sliding({ timeDifferenceMs, graceMs }));
const anySession = fc.tuple(fc.nat(9), fc.nat(9)).map(([gapMs, graceMs]) => session({ gapMs, graceMs }));
const END = 10_000;

test.each<[string, fc.Arbitrary<Windows>]>([
  ['hopping', anyHopping],
  ['sliding', anySliding],
  ['session', fc.tuple(fc.nat(9), fc.constant(1000)).map(([gapMs, graceMs]) => session({ gapMs, graceMs }))],
])(
  'on close each %s window is emitted once, with what it would have been updated to last',
  async (_kind, anyWindows) => {
    await fc.assert(
      fc.asyncProperty(anyWindows, anyNumbers, async (windows, updates) => {
        const closing = [...valued(updates), { topic: 'in', key: 'end', value: 1, timestamp: END }];
        const finals = (await run(windows, closing, { emit: 'onWindowClose' })).filter(
          ({ name }) => !name.startsWith('end'),
        );
        const updated = (await run(windows, closing)).filter(({ name }) => !name.startsWith('end'));

        expect(new Set(finals.map(({ name }) => name)).size).toBe(finals.length);
        expect(lastRows(finals)).toEqual(lastRows(updated));
      }),
      { numRuns: 150 },
    );
  },
);

const FOR_EVER = { retentionMs: 1_000_000_000 };

test.each<[string, fc.Arbitrary<Windows>]>([
  ['hopping', anyHopping],
  ['sliding', anySliding],
  ['session', anySession],
])('%s windows are not removed as long as a record can change them or one beside them', async (_kind, anyWindows) => {
  await fc.assert(
    fc.asyncProperty(anyWindows, anyNumbers, async (windows, updates) => {
      expect(await run(windows, updates)).toEqual(await run(windows, updates, FOR_EVER));
      const emit = 'onWindowClose';
      expect(await run(windows, updates, { emit })).toEqual(await run(windows, updates, { emit, ...FOR_EVER }));
    }),
    { numRuns: 200 },
  );
});

test('windows of cogrouped streams are not removed before the stream that is furthest behind has passed them', async () => {
  const windows = hopping({ sizeMs: 4, advanceMs: 2, graceMs: 1 });
  const both = anyUpdates({ left: fc.nat({ max: 9 }), right: fc.nat({ max: 9 }) });
  const outputs = (updates: readonly Update<number>[], retention: { retentionMs?: number }): Promise<unknown> =>
    runProgram((builder) => {
      builder
        .stream<string, number>('left')
        .groupByKey()
        .cogroup((sum: number, value) => sum + value)
        .cogroup(builder.stream<string, number>('right').groupByKey(), (sum, value) => sum - value)
        .windowedBy(windows)
        .aggregate({ initializer: () => 0, name: 'sums', ...retention })
        .toStream({ key: (_value, key) => nameOf(key as Windowed<string>) })
        .to('out');
    }, updates);
  await fc.assert(
    fc.asyncProperty(both, async (updates) => {
      expect(await outputs(updates, {})).toEqual(await outputs(updates, FOR_EVER));
    }),
    { numRuns: 200 },
  );
});

test.each<[string, Windows]>([
  ['hopping', hopping({ sizeMs: 10, advanceMs: 5, graceMs: 5 })],
  ['sliding', sliding({ timeDifferenceMs: 10, graceMs: 5 })],
])('%s windows that are over are removed', async (_kind, windows) => {
  expect(await entriesAfter(windows, 500)).toBeLessThanOrEqual((await entriesAfter(windows, 100)) + 1);
});

test('sessions are removed a day after they can no longer change', async () => {
  const windows = session({ gapMs: 1000, graceMs: 0 });
  expect(await entriesAfter(windows, 40, 3_600_000)).toBeLessThan(30);
});

/** How many windows and index entries there are after so many records. */
async function entriesAfter(windows: Windows, records: number, stepMs = 7): Promise<number> {
  const builder = new StreamsBuilder({ keySerde: string(), valueSerde: json() });
  lists(builder, windows, { emit: 'onWindowClose' });
  const driver = new TopologyTestDriver(builder.build('bounded'));
  try {
    const input = driver.createInputTopic<string, number>('in', { keySerde: string() });
    for (let index = 0; index < records; index++) await input.pipeInput('a', index, { timestamp: index * stepMs });
    const windowsLeft = await countOf(driver, 'lists');
    // Beside the windows the index has the stream time, the time emitted to, and for some kinds the list of the key's windows.
    const others = windows.kind === 'hopping' ? 2 : 3;
    expect(await countOf(driver, 'lists-by-time')).toBe(windowsLeft + others);
    return windowsLeft;
  } finally {
    await driver.close();
  }
}

async function countOf(driver: TopologyTestDriver, store: string): Promise<number> {
  const cursor = driver.getTimestampedKeyValueStore(store).scanRange(null, null);
  let count = 0;
  for (let batch = await cursor.next(); batch.length > 0; batch = await cursor.next()) count += batch.length;
  await cursor.close();
  return count;
}

test('the keys of a windowed table can be read with its windows', async () => {
  const windows = hopping({ sizeMs: 10, advanceMs: 5, graceMs: 0 });
  const builder = new StreamsBuilder({ keySerde: string(), valueSerde: json() });
  builder.stream<string, number>('in').groupByKey().windowedBy(windows).count({ name: 'counts' }).toStream().to('out');
  const driver = new TopologyTestDriver(builder.build('keys'));
  await driver.createInputTopic<string, number>('in', { keySerde: string() }).pipeInput('a', 1, { timestamp: 7 });
  const records = driver.createOutputTopic<Windowed<string>, number>('out', { keySerde: windowed(string(), windows) });
  expect(records.readRecords().map(({ key, value }) => ({ key, value }))).toEqual([
    { key: { key: 'a', start: 0, end: 10 }, value: 1 },
    { key: { key: 'a', start: 5, end: 15 }, value: 1 },
  ]);
  await driver.close();
});

test('windowed tables of equal windows can be merged, whatever the default serde', async () => {
  const windows = { sizeMs: 10, graceMs: 0, advanceMs: 10 };
  const builder = new StreamsBuilder({ keySerde: string(), valueSerde: json() });
  const grouped = builder.stream<string, number>('in').groupByKey();
  const counts = grouped.windowedBy(hopping(windows)).count({ name: 'counts' });
  const sums = grouped.windowedBy(hopping(windows)).reduce((a, b) => a + b, { name: 'sums' });
  counts.toStream().merge(sums.toStream()).to('out');
  const driver = new TopologyTestDriver(builder.build('merged'));
  await driver.createInputTopic<string, number>('in', { keySerde: string() }).pipeInput('a', 7, { timestamp: 3 });
  const out = driver.createOutputTopic<Windowed<string>, number>('out', {
    keySerde: windowed(string(), hopping(windows)),
  });

  expect(out.readRecords().map(({ key, value }) => [nameOf(key as Windowed<string>), value])).toEqual([
    ['a@0-10', 1],
    ['a@0-10', 7],
  ]);
  await driver.close();
});
