import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KTable } from '../../src/dsl/k-table.ts';
import { anyUpdates, lastOf, rowsOf, runProgram, tableOf, type Update } from './run-program.ts';

type Kind = 'join' | 'leftJoin' | 'outerJoin';

interface Shape {
  readonly kind: Kind;
  /** Whether each side is kept in a store of its own, whether it is a filter, whether the result is kept. */
  readonly leftStore: boolean;
  readonly leftFilter: boolean;
  readonly rightFilter: boolean;
  readonly store: boolean;
}

const anyShape: fc.Arbitrary<Shape> = fc.record({
  kind: fc.constantFrom<Kind>('join', 'leftJoin', 'outerJoin'),
  leftStore: fc.boolean(),
  leftFilter: fc.boolean(),
  rightFilter: fc.boolean(),
  store: fc.boolean(),
});

const passes = (n: number): boolean => n !== 2;
const paired = (left: number | null, right: number | null): string => `${left}/${right}`;

function joined(
  left: KTable<string, number>,
  right: KTable<string, number>,
  { kind, store }: Shape,
): KTable<string, string> {
  const options = { join: paired, ...(store ? { store: 'kept' } : {}) };
  switch (kind) {
    case 'join':
      return left.join(right, options);
    case 'leftJoin':
      return left.leftJoin(right, options);
    case 'outerJoin':
      return left.outerJoin(right, options);
  }
}

interface Row {
  readonly value: string;
  readonly timestamp: number | null;
}

/** The rows of the join of what both tables hold in the end. The time of a row with one side only is not said. */
function expectedRows(updates: readonly Update[], { kind, leftFilter, rightFilter }: Shape): Map<string, Row> {
  const [left, right] = [tableOf<number>(updates, 'left'), tableOf<number>(updates, 'right')];
  const rows = new Map<string, Row>();
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const [l, r] = [seen(left.get(key), leftFilter), seen(right.get(key), rightFilter)];
    if (l === null && (kind !== 'outerJoin' || r === null)) continue;
    if (r === null && kind === 'join') continue;
    const timestamp = l === null || r === null ? null : Math.max(l.timestamp, r.timestamp);
    rows.set(key, { value: paired(l?.value ?? null, r?.value ?? null), timestamp });
  }
  return rows;
}

function seen(row: Update<number> | undefined, filtered: boolean): Update<number> | null {
  return row === undefined || (filtered && !passes(row.value as number)) ? null : row;
}

const anyTables = anyUpdates({ left: fc.nat({ max: 4 }), right: fc.nat({ max: 4 }) });

function sides(
  builder: Parameters<Parameters<typeof runProgram>[0]>[0],
  shape: Shape,
): [KTable<string, number>, KTable<string, number>] {
  const left = builder.table<string, number>('left', shape.leftStore ? { store: 'left-rows' } : {});
  const right = builder.table<string, number>('right');
  return [shape.leftFilter ? left.filter(passes) : left, shape.rightFilter ? right.filter(passes) : right];
}

test('a join of tables has the rows that joining their last rows gives', async () => {
  await fc.assert(
    fc.asyncProperty(anyTables, anyShape, async (updates, shape) => {
      const records = await runProgram((builder) => {
        const [left, right] = sides(builder, shape);
        joined(left, right, shape).toStream().to('out');
      }, updates);

      const expected = expectedRows(updates, shape);
      const rows = lastOf(records);
      expect(new Map([...rows].map(([key, { value }]) => [key, value]))).toEqual(
        new Map([...expected].map(([key, { value }]) => [key, value])),
      );
      for (const [key, { timestamp }] of expected)
        if (timestamp !== null) expect(rows.get(key)?.timestamp).toBe(timestamp);
    }),
    { numRuns: 300 },
  );
});

test('a join of a join, and a grouping of it, follow every change', async () => {
  const anyThree = anyUpdates({ left: fc.nat({ max: 3 }), right: fc.nat({ max: 3 }), third: fc.nat({ max: 3 }) });
  await fc.assert(
    fc.asyncProperty(anyThree, anyShape, async (updates, shape) => {
      const records = await runProgram((builder) => {
        const [left, right] = sides(builder, shape);
        joined(left, right, shape)
          .leftJoin(builder.table<string, number>('third'), { join: (pair, third) => `${pair}/${third}` })
          .groupBy((value) => [value, value])
          .count({ name: 'counts' })
          .toStream()
          .to('out');
      }, updates);

      const third = tableOf<number>(updates, 'third');
      const counts = new Map<string, number>();
      for (const [key, { value }] of expectedRows(updates, shape)) {
        const group = `${value}/${third.get(key)?.value ?? null}`;
        counts.set(group, (counts.get(group) ?? 0) + 1);
      }
      expect(new Map([...rowsOf(records)].filter(([, count]) => count !== 0))).toEqual(counts);
    }),
    { numRuns: 300 },
  );
});
