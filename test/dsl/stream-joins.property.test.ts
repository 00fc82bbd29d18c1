import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StreamsBuilder, type JoinWindows } from '../../src/index.ts';
import { TopologyTestDriver } from '../../src/testing/index.ts';
import { anyKey, runProgram, type Update } from './run-program.ts';

interface Pair {
  readonly left: number | null;
  readonly right: number | null;
  readonly key: string | null;
}

const pair = (left: number | null, right: number | null, key: string | null): Pair => ({ left, right, key });

const anyWindow = fc.record({
  beforeMs: fc.nat(12),
  afterMs: fc.nat(12),
  // Long enough that nothing expires.
  graceMs: fc.constant(1000),
});

/** Records whose values are unlike, so that a result tells what it is made of. */
function anyRecords(timestamp: fc.Arbitrary<number>): fc.Arbitrary<Update<number>[]> {
  const record = fc.record({
    topic: fc.constantFrom('left', 'right'),
    key: fc.option(anyKey, { freq: 9 }),
    isNull: fc.constantFrom(false, false, false, false, true),
    timestamp,
  });
  return fc
    .array(record, { maxLength: 40 })
    .map((records) => records.map(({ isNull, ...rest }, value) => ({ ...rest, value: isNull ? null : value })));
}

function joins(left: Update<number>, right: Update<number>, { beforeMs, afterMs }: JoinWindows): boolean {
  const distance = right.timestamp - left.timestamp;
  return left.key !== null && left.key === right.key && distance >= -beforeMs && distance <= afterMs;
}

/** The pairs that each record makes with those of the other side before it, by their time and arrival. */
function naivePairs(updates: readonly Update<number>[], window: JoinWindows): unknown[] {
  const records = updates.filter(({ value }) => value !== null);
  return records.flatMap((record, index) => {
    const isLeft = record.topic === 'left';
    const partners = records
      .slice(0, index)
      .filter((other) => other.topic !== record.topic)
      .filter((other) => (isLeft ? joins(record, other, window) : joins(other, record, window)))
      .toSorted((a, b) => a.timestamp - b.timestamp);
    return partners.map((other) => ({
      value: isLeft ? pair(record.value, other.value, record.key) : pair(other.value, record.value, record.key),
      timestamp: Math.max(record.timestamp, other.timestamp),
    }));
  });
}

type Operator = 'join' | 'leftJoin' | 'outerJoin';

async function joined(operator: Operator, updates: readonly Update[], window: JoinWindows, rekey = false) {
  const records = await runProgram((builder) => {
    const [left, right] = ['left', 'right'].map((topic) => {
      const stream = builder.stream<string, number>(topic);
      return rekey ? stream.selectKey((_value, key) => key) : stream;
    }) as [ReturnType<typeof builder.stream<string, number>>, ReturnType<typeof builder.stream<string, number>>];
    const options = { join: pair, window, name: 'joined' };
    if (operator === 'join') left.join(right, options).to('out');
    else if (operator === 'leftJoin') left.leftJoin(right, options).to('out');
    else left.outerJoin(right, options).to('out');
  }, updates);
  return records.map(({ value, timestamp }) => ({ value: value as Pair, timestamp }));
}

describe('two streams joined', () => {
  test.each([false, true])('make each pair once, when its second record comes (repartitioned: %s)', async (rekey) => {
    await fc.assert(
      fc.asyncProperty(anyRecords(fc.nat(30)), anyWindow, async (updates, window) => {
        expect(await joined('join', updates, window, rekey)).toEqual(naivePairs(updates, window));
      }),
    );
  });

  test('across segments of time make the same pairs', async () => {
    const window = { beforeMs: 70_000, afterMs: 100_000, graceMs: 1_000_000 };
    await fc.assert(
      fc.asyncProperty(anyRecords(fc.nat(1_000_000)), async (updates) => {
        expect(await joined('join', updates, window)).toEqual(naivePairs(updates, window));
      }),
      { numRuns: 30 },
    );
  });

  test.each(['leftJoin', 'outerJoin'] as const)(
    '%s: what comes in order has its pairs, or comes out alone once',
    async (operator) => {
      await fc.assert(
        fc.asyncProperty(anyRecords(fc.nat(60)), anyWindow, async (unordered, window) => {
          const ordered = unordered.toSorted((a, b) => a.timestamp - b.timestamp);
          const flush = { topic: 'left', key: 'flush', value: -1, timestamp: 1_000_000 };
          const results = await joined(operator, [...ordered, flush], window);

          const records = ordered.filter(({ value }) => value !== null);
          const alone = records
            .filter(({ topic }) => topic === 'left' || operator === 'outerJoin')
            .filter(
              (record) =>
                !records.some((other) =>
                  record.topic === 'left'
                    ? joins(record, other, window) && other.topic === 'right'
                    : other.topic === 'left' && joins(other, record, window),
                ),
            )
            .map(({ topic, key, value, timestamp }) => ({
              value: topic === 'left' ? pair(value, null, key) : pair(null, value, key),
              timestamp,
            }));
          const isPair = ({ value }: { value: Pair }): boolean => value.left !== null && value.right !== null;
          expect(results.filter(isPair)).toEqual(naivePairs(ordered, window));
          expect(sorted(results.filter((result) => !isPair(result)))).toEqual(sorted(alone));
        }),
      );
    },
  );

  test('keep only what can still be joined', async () => {
    const window = { beforeMs: 10, afterMs: 10, graceMs: 0 };
    const at = (topic: string, value: number, timestamp: number): Update => ({ topic, key: 'a', value, timestamp });
    const results = await joined(
      'join',
      [at('left', 1, 0), at('left', 2, 20), at('right', 3, 1), at('right', 4, 10)],
      window,
    );

    // The left side has got to 20, so that what is not newer than 0 is gone.
    expect(results).toEqual([{ value: pair(2, 4, 'a'), timestamp: 20 }]);
  });

  test('have all the records of a key that many share', async () => {
    const window = { beforeMs: 1000, afterMs: 1000, graceMs: 0 };
    const lefts = Array.from({ length: 200 }, (_, value) => ({
      topic: 'left',
      key: 'a',
      value,
      timestamp: 300 - value,
    }));
    const right = { topic: 'right', key: 'a', value: -1, timestamp: 250 };
    const results = await joined('join', [...lefts, right], window);

    expect(results).toEqual(naivePairs([...lefts, right], window));
    expect(results).toHaveLength(200);
  });

  test('forget what nobody can join any more', async () => {
    const builder = new StreamsBuilder();
    const window = { beforeMs: 30_000, afterMs: 30_000, graceMs: 0 };
    const right = builder.stream<string, number>('right');
    builder.stream<string, number>('left').leftJoin(right, { join: pair, window, name: 'joined' }).to('out');
    const driver = new TopologyTestDriver(builder.build('forgetful'));
    const left = driver.createInputTopic<string, number>('left');
    for (let index = 0; index < 1000; index++)
      await left.pipeInput(`k${index % 7}`, index, { timestamp: index * 10_000 });

    // Rows of the two segments that a retention touches.
    const kept = await driver.getKeyValueStore('joined-left-window').approximateNumEntries();
    expect(kept).toBeLessThan(20);
    expect(await driver.getKeyValueStore('joined-parked').approximateNumEntries()).toBeLessThan(8);
    expect(driver.createOutputTopic('out').size).toBeGreaterThan(990);
    await driver.close();
  });

  test('a stream joined with itself pairs each record with itself once', async () => {
    const records = await runProgram(
      (builder) => {
        const input = builder.stream<string, number>('in');
        input.join(input, { join: pair, window: { beforeMs: 5, afterMs: 5, graceMs: 0 }, name: 'self' }).to('out');
      },
      [0, 3].map((timestamp, value) => ({ topic: 'in', key: 'a', value, timestamp })),
    );

    expect(records.map(({ value }) => [(value as Pair).left, (value as Pair).right])).toEqual([
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ]);
  });

  test.each([
    { beforeMs: -5, afterMs: 4, graceMs: 0 },
    { beforeMs: 1, afterMs: 1, graceMs: -1 },
    { beforeMs: 0.5, afterMs: 1, graceMs: 0 },
  ])('refuse the window %o', async (window) => {
    await expect(joined('join', [], window)).rejects.toMatchObject({ code: 'TOPOLOGY_INVALID' });
  });
});

function sorted(results: readonly unknown[]): readonly string[] {
  return results.map((result) => JSON.stringify(result)).toSorted();
}
