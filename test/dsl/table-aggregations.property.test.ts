import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StreamsBuilder } from '../../src/dsl/streams-builder.ts';
import type { KGroupedTable } from '../../src/dsl/k-grouped-table.ts';
import { anyUpdates, rowsOf, runProgram, tableOf, type Update } from './run-program.ts';

interface Sale {
  readonly group: string | null;
  readonly amount: number | null;
}

const anySales = anyUpdates({
  sales: fc.record({ group: fc.constantFrom('x', 'y', null), amount: fc.constantFrom(1, 2, 5, null) }),
});

/** Rows by group; a row without a group or an amount belongs nowhere. */
function grouped(builder: StreamsBuilder): KGroupedTable<string, number> {
  return builder.table<string, Sale>('sales').groupBy(({ group, amount }) => [group, amount]);
}

function amountsByGroup(updates: readonly Update[]): Map<string, number[]> {
  const amounts = new Map<string, number[]>();
  for (const { value } of tableOf<Sale>(updates, 'sales').values()) {
    const { group, amount } = value as Sale;
    if (group !== null && amount !== null) amounts.set(group, [...(amounts.get(group) ?? []), amount]);
  }
  return amounts;
}

test('count is the number of rows of each group, 0 once it is empty', async () => {
  await fc.assert(
    fc.asyncProperty(anySales, async (updates) => {
      const records = await runProgram(
        (builder) => grouped(builder).count({ name: 'counts' }).toStream().to('out'),
        updates,
      );

      const expected = amountsByGroup(updates);
      for (const [group, count] of rowsOf(records)) expect(count).toBe(expected.get(group)?.length ?? 0);
      expect([...rowsOf(records).keys()]).toEqual(expect.arrayContaining([...expected.keys()]));
    }),
  );
});

test('reduce with a subtractor is the sum of the rows of each group', async () => {
  await fc.assert(
    fc.asyncProperty(anySales, async (updates) => {
      const records = await runProgram((builder) => {
        const adder = (sum: number, amount: number): number => sum + amount;
        const subtractor = (sum: number, amount: number): number => sum - amount;
        grouped(builder).reduce({ adder, subtractor, name: 'sums' }).toStream().to('out');
      }, updates);

      const expected = amountsByGroup(updates);
      for (const [group, sum] of rowsOf(records))
        expect(sum).toBe((expected.get(group) ?? []).reduce((a, b) => a + b, 0));
      expect([...rowsOf(records).keys()]).toEqual(expect.arrayContaining([...expected.keys()]));
    }),
  );
});

test('aggregate with a subtractor is the fold of the rows of each group, gone when it returns null', async () => {
  await fc.assert(
    fc.asyncProperty(anySales, async (updates) => {
      const records = await runProgram((builder) => {
        grouped(builder)
          .aggregate<number[]>({
            initializer: () => [],
            adder: (list, amount) => [...list, amount],
            subtractor: (list, amount) => (list.length === 1 ? null : list.toSpliced(list.indexOf(amount), 1)),
            name: 'lists',
          })
          .toStream()
          .to('out');
      }, updates);

      const sorted = [...rowsOf(records)].map(([group, list]): [string, number[]] => [group, list.toSorted()]);
      const expected = [...amountsByGroup(updates)].map(([group, list]): [string, number[]] => [
        group,
        list.toSorted(),
      ]);
      expect(new Map(sorted)).toEqual(new Map(expected));
    }),
  );
});

test('a filter and a mapping before the grouping take rows in and out of their groups', async () => {
  await fc.assert(
    fc.asyncProperty(anySales, fc.boolean(), async (updates, keepsRows) => {
      const records = await runProgram((builder) => {
        builder
          .table<string, Sale>('sales')
          .filter(({ amount }) => amount !== 2, keepsRows ? { store: 'filtered' } : {})
          .mapValues(
            ({ group, amount }) => ({ group, amount: (amount ?? 0) * 10 }),
            keepsRows ? { store: 'mapped' } : {},
          )
          .groupBy(({ group, amount }) => [group, amount])
          .count({ name: 'counts' })
          .toStream()
          .to('out');
      }, updates);

      const expected = new Map<string, number>();
      for (const { value } of tableOf<Sale>(updates, 'sales').values()) {
        const { group, amount } = value as Sale;
        if (group !== null && amount !== 2) expected.set(group, (expected.get(group) ?? 0) + 1);
      }
      expect(new Map([...rowsOf(records)].filter(([, count]) => count > 0))).toEqual(expected);
    }),
  );
});

test('an update within a group is one record, a move between groups is two', async () => {
  const sales: Update<Sale>[] = [
    { topic: 'sales', key: '1', value: { group: 'x', amount: 1 }, timestamp: 1 },
    { topic: 'sales', key: '1', value: { group: 'x', amount: 2 }, timestamp: 2 },
    { topic: 'sales', key: '1', value: { group: 'y', amount: 2 }, timestamp: 3 },
  ];

  const records = await runProgram((builder) => grouped(builder).count({ name: 'counts' }).toStream().to('out'), sales);

  expect(records.map(({ key, value, timestamp }) => [key, value, timestamp])).toEqual([
    ['x', 1, 1],
    ['x', 1, 2],
    ['x', 0, 3],
    ['y', 1, 3],
  ]);
});
