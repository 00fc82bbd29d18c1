import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KTable } from '../../src/dsl/k-table.ts';
import { StreamsBuilder } from '../../src/dsl/streams-builder.ts';
import { hopping } from '../../src/dsl/windows/hopping.ts';
import { session } from '../../src/dsl/windows/session.ts';
import { tumbling } from '../../src/dsl/windows/tumbling.ts';
import { unlimited } from '../../src/dsl/windows/unlimited.ts';
import type { Windowed } from '../../src/serde/windowed-serde.ts';
import { anyUpdates, runProgram, rowsOf, type Update } from './run-program.ts';

const anyNumbers = anyUpdates({ in: fc.nat({ max: 9 }) });

/** Moves stream time past everything that is held back. */
const last = (key: string): Update => ({ topic: 'in', key, value: 1, timestamp: 10_000 });

const nameOf = ({ key, start, end }: Windowed<string>): string => `${key}@${start}-${end}`;
const named = (table: KTable<Windowed<string>, any>): void =>
  table.toStream({ key: (_value, key) => nameOf(key) }).to('out');

test('the last update of each key comes through a time limit, and no key comes twice within it', async () => {
  const waitMs = 7;
  await fc.assert(
    fc.asyncProperty(anyNumbers, async (updates) => {
      const all = [...updates, last('end')];
      const records = await runProgram((builder) => {
        builder
          .table<string, number>('in')
          .suppress({ until: { timeLimitMs: waitMs }, name: 'calm' })
          .toStream()
          .to('out');
      }, all);

      const plain = await runProgram((builder) => builder.table<string, number>('in').toStream().to('out'), all);
      const kept = rowsOf(plain);
      // The last one is still held back.
      kept.delete('end');
      expect(rowsOf(records)).toEqual(kept);
      expect(records.length).toBeLessThan(all.length);
    }),
    { numRuns: 200 },
  );
});

test('a full buffer emits its first keys early', async () => {
  const updates = ['a', 'b', 'c', 'd'].map((key, index) => ({ topic: 'in', key, value: index, timestamp: index }));
  const records = await runProgram((builder) => {
    builder
      .table<string, number>('in')
      .suppress({ until: { timeLimitMs: 100 }, maxRecords: 2, name: 'calm' })
      .toStream()
      .to('out');
  }, updates);

  expect(records.map(({ key, value }) => [key, value])).toEqual([
    ['a', 0],
    ['b', 1],
  ]);
});

describe('a limit in bytes', () => {
  /** An update of a key of one byte to a number of one digit: 8 bytes of time, the key, and 10 around the value. */
  const UPDATE_BYTES = 19;
  const KEYS = Array.from({ length: 26 }, (_, index) => String.fromCodePoint(97 + index));
  /** Each key once: an update again would have its old value too. */
  const sameSize = fc.uniqueArray(
    fc.record({
      topic: fc.constant('in'),
      key: fc.constantFrom(...KEYS),
      value: fc.nat({ max: 9 }),
      timestamp: fc.nat({ max: 30 }),
    }),
    { selector: ({ key }) => key },
  );
  const limited = (updates: readonly Update[], limits: { maxRecords?: number; maxBytes?: number }) =>
    runProgram((builder) => {
      builder
        .table<string, unknown>('in')
        .suppress({ until: { timeLimitMs: 10 }, ...limits, name: 'calm' })
        .toStream()
        .to('out');
    }, updates);

  test('holds back as many updates of one size as fit', async () => {
    await fc.assert(
      fc.asyncProperty(sameSize, fc.integer({ min: 1, max: 4 }), async (updates, count) => {
        const byBytes = await limited(updates, { maxBytes: count * UPDATE_BYTES });
        expect(byBytes).toEqual(await limited(updates, { maxRecords: count }));
        expect(await limited(updates, { maxBytes: (count + 1) * UPDATE_BYTES - 1 })).toEqual(byBytes);
      }),
      { numRuns: 60 },
    );
  });

  test('counts an update again that has become larger, and emits the first ones until the rest fits', async () => {
    const updates = [
      { topic: 'in', key: 'a', value: 1, timestamp: 0 },
      { topic: 'in', key: 'b', value: 2, timestamp: 1 },
      { topic: 'in', key: 'c', value: 3, timestamp: 2 },
      { topic: 'in', key: 'c', value: 'x'.repeat(18), timestamp: 3 },
      { topic: 'in', key: 'c', value: 'x'.repeat(100), timestamp: 4 },
    ];
    const emitted = async (count: number): Promise<unknown[]> =>
      (await limited(updates.slice(0, count), { maxBytes: 3 * UPDATE_BYTES })).map(({ key }) => key);

    expect(await emitted(3)).toEqual([]);
    expect(await emitted(4)).toEqual(['a']);
    expect(await emitted(5)).toEqual(['a', 'b', 'c']);
  });
});

test('a full buffer that is to shut down fails the task', async () => {
  const updates = ['a', 'b'].map((key, index) => ({ topic: 'in', key, value: index, timestamp: index }));
  for (const limit of [{ maxRecords: 1 }, { maxBytes: 30 }]) {
    const options = { until: { timeLimitMs: 100 }, ...limit, whenFull: 'shutDown', name: 'calm' } as const;
    const run = runProgram((builder) => builder.table('in').suppress(options).toStream().to('out'), updates);

    await expect(run).rejects.toThrow(expect.objectContaining({ code: 'SUPPRESSION_BUFFER_FULL' }));
  }
});

test.each([
  ['hopping', hopping({ sizeMs: 8, advanceMs: 4, graceMs: 3 })],
  ['tumbling', tumbling({ sizeMs: 5, graceMs: 0 })],
])('until %s windows close is what emitting them on close is', async (_kind, windows) => {
  await fc.assert(
    fc.asyncProperty(anyNumbers, async (updates) => {
      const all = [...updates, last('end'), { ...last('end'), timestamp: 20_000 }];
      const suppressed = await runProgram((builder) => {
        const counts = builder.stream('in').groupByKey().windowedBy(windows).count({ name: 'counts' });
        named(counts.suppress({ until: 'windowCloses', name: 'final' }) as never);
      }, all);
      const closed = await runProgram((builder) => {
        const grouped = builder.stream('in').groupByKey();
        named(grouped.windowedBy(windows, { emit: 'onWindowClose' }).count({ name: 'counts' }) as never);
      }, all);

      const plain = (records: typeof closed): unknown =>
        records.map(({ key, value, timestamp }) => [key, value, timestamp]).sort();
      expect(plain(suppressed)).toEqual(plain(closed));
    }),
    { numRuns: 150 },
  );
});

test('joins see a table as it was before the updates that are held back', async () => {
  const records = await runProgram(
    (builder) => {
      const calm = builder.table<string, number>('in').suppress({ until: { timeLimitMs: 5 }, name: 'calm' });
      builder
        .stream<string, string>('asks')
        .join(calm, { join: (ask, value) => `${ask}${value}`, name: 'answers' })
        .to('out');
    },
    [
      { topic: 'in', key: 'a', value: 1, timestamp: 0 },
      { topic: 'asks', key: 'a', value: 'held back: ', timestamp: 0 },
      { topic: 'in', key: 'b', value: 1, timestamp: 10 },
      { topic: 'asks', key: 'a', value: 'emitted: ', timestamp: 10 },
      { topic: 'in', key: 'a', value: 2, timestamp: 11 },
      { topic: 'asks', key: 'a', value: 'before: ', timestamp: 11 },
    ],
  );

  expect(records.map(({ value }) => value)).toEqual(['emitted: 1', 'before: 1']);
});

describe('regrouping', () => {
  const counted = async (
    define: (builder: StreamsBuilder) => KTable<Windowed<string>, number>,
    updates: readonly Update[],
  ): Promise<{ windows: number; regrouped: number }> => {
    const windows = rowsOf(await runProgram((builder) => named(define(builder)), updates)).size;
    const records = await runProgram((builder) => {
      define(builder)
        .groupBy((count) => ['all', count])
        .count({ name: 'windows' })
        .toStream()
        .to('out');
    }, updates);
    return { windows, regrouped: records.at(-1)?.value ?? 0 };
  };

  test.each([
    ['hopping windows', hopping({ sizeMs: 8, advanceMs: 4, graceMs: 3 })],
    ['sessions', session({ gapMs: 3, graceMs: 5 })],
  ])('counts each of the %s once', async (_kind, windows) => {
    await fc.assert(
      fc.asyncProperty(anyNumbers, async (updates) => {
        const grouped = (builder: StreamsBuilder) => builder.stream<string, number>('in').groupByKey();
        const result = await counted(
          (builder) =>
            grouped(builder)
              .windowedBy(windows as never)
              .count({ name: 'counts' }) as never,
          updates,
        );
        expect(result.regrouped).toBe(result.windows);
      }),
      { numRuns: 100 },
    );
  });

  test('counts each window once that suppression lets through', async () => {
    const windows = tumbling({ sizeMs: 4, graceMs: 2 });
    await fc.assert(
      fc.asyncProperty(anyNumbers, async (updates) => {
        const result = await counted(
          (builder) =>
            builder
              .stream<string, number>('in')
              .groupByKey()
              .windowedBy(windows)
              .count({ name: 'counts' })
              .suppress({ until: 'windowCloses', name: 'final' }),
          [...updates, last('end')],
        );
        expect(result.regrouped).toBe(result.windows);
      }),
      { numRuns: 100 },
    );
  });
});

describe('suppress refuses', () => {
  const counts = (): KTable<Windowed<string>, number> =>
    new StreamsBuilder()
      .stream<string, number>('in')
      .groupByKey()
      .windowedBy(tumbling({ sizeMs: 5, graceMs: 0 }))
      .count({ name: 'counts' });
  const rows = (): KTable<string, number> => new StreamsBuilder().table<string, number>('in');

  test.each<[string, () => unknown, string]>([
    [
      'windows that are none',
      () => rows().suppress({ until: 'windowCloses', name: 's' }),
      'to follow an aggregation in windows that close',
    ],
    [
      'windows that never close',
      () =>
        new StreamsBuilder()
          .stream('in')
          .groupByKey()
          .windowedBy(unlimited({ startMs: 0 }))
          .count({ name: 'counts' })
          .suppress({ until: 'windowCloses', name: 's' }),
      'to follow an aggregation in windows that close',
    ],
    [
      'final results that would be emitted early',
      () => counts().suppress({ until: 'windowCloses', whenFull: 'emitEarly', name: 's' }),
      '`whenFull` of suppress "s" to be "shutDown"',
    ],
    [
      'a buffer of nothing',
      () => rows().suppress({ until: { timeLimitMs: 1 }, maxRecords: 0, name: 's' }),
      '`maxRecords` of suppress "s" to be at least 1, got 0',
    ],
    [
      'a buffer of no bytes',
      () => rows().suppress({ until: { timeLimitMs: 1 }, maxBytes: 0, name: 's' }),
      '`maxBytes` of suppress "s" to be at least 1, got 0',
    ],
    [
      'a limit that is no time',
      () => rows().suppress({ until: { timeLimitMs: -1 }, name: 's' }),
      '`timeLimitMs` of suppress "s"',
    ],
  ])('%s', (_what, define, message) => {
    expect(define).toThrow(
      expect.objectContaining({ code: 'TOPOLOGY_INVALID', message: expect.stringContaining(message) }),
    );
  });

  test('to have no name', () => {
    expect(() => rows().suppress({ until: { timeLimitMs: 1 } } as never)).toThrow(
      expect.objectContaining({ code: 'TOPOLOGY_NAME_REQUIRED' }),
    );
  });
});

describe('windowedBy refuses', () => {
  const grouped = () => new StreamsBuilder().stream<string, number>('in').groupByKey();

  test('to keep windows for less than they may change', () => {
    const windows = tumbling({ sizeMs: 60_000, graceMs: 0 });
    expect(() => grouped().windowedBy(windows).count({ name: 'counts', retentionMs: 1000 })).toThrow(
      expect.objectContaining({
        code: 'TOPOLOGY_INVALID',
        message: 'Expected `retentionMs` of "counts" to be a whole number of milliseconds, at least 60000, got 1000',
      }),
    );
  });

  test('to emit on close what never closes', () => {
    const windowed = grouped().windowedBy(unlimited({ startMs: 0 }), { emit: 'onWindowClose' });
    expect(() => windowed.count({ name: 'counts' })).toThrow(expect.objectContaining({ code: 'TOPOLOGY_INVALID' }));
  });
});
