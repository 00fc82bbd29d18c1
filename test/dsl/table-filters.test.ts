import { describe, expect, test } from 'vitest';
import type { KTable } from '../../src/dsl/k-table.ts';
import type { StreamsBuilder } from '../../src/dsl/streams-builder.ts';
import { runProgram, type Update } from './run-program.ts';

const big = (n: number): boolean => n > 5;

function rows(...changes: readonly (readonly [key: string, value: number | null])[]): Update<number>[] {
  return changes.map(([key, value], index) => ({ topic: 'rows', key, value, timestamp: index }));
}

/** Rejected and never seen; passed; rejected; deleted; deleted and never seen. */
const changes = rows(['a', 1], ['b', 9], ['b', 2], ['b', null], ['c', null]);

async function filtered(define: (builder: StreamsBuilder) => KTable<string, number>): Promise<unknown[]> {
  const records = await runProgram((builder) => define(builder).toStream().to('out'), changes);
  return records.map(({ key, value }) => [key, value]);
}

const everyTombstone = [
  ['a', null],
  ['b', 9],
  ['b', null],
  ['b', null],
  ['c', null],
];
const neededTombstone = [
  ['b', 9],
  ['b', null],
];

describe('a filter that does not know what was there deletes whatever it rejects', () => {
  test('over a source that nobody has kept', async () => {
    expect(await filtered((builder) => builder.table<string, number>('rows').filter(big))).toEqual(everyTombstone);
  });

  test('over a source that is kept only by a later step', async () => {
    const out = await filtered((builder) => {
      const table = builder.table<string, number>('rows');
      const passed = table.filter(big);
      table.leftJoin(builder.table<string, number>('other'), { join: (n) => n });
      return passed;
    });
    expect(out).toEqual(everyTombstone);
  });

  test('over the result of a foreign-key join, which nobody has kept', async () => {
    const out = await filtered((builder) =>
      builder
        .table<string, number>('rows')
        .leftJoin(builder.table<string, number>('other'), { foreignKey: () => 'x', join: (n) => n, name: 'joined' })
        .filter(big),
    );
    expect(out).toEqual(everyTombstone.slice(0, -1));
  });
});

describe('a filter that knows what was there deletes only what it had passed', () => {
  test('over a source that is kept', async () => {
    const out = await filtered((builder) => builder.table<string, number>('rows', { store: 'kept' }).filter(big));
    expect(out).toEqual(neededTombstone);
  });

  test('over a source that an earlier step keeps', async () => {
    const out = await filtered((builder) => {
      const table = builder.table<string, number>('rows');
      table.leftJoin(builder.table<string, number>('other'), { join: (n) => n });
      return table.filter(big);
    });
    expect(out).toEqual(neededTombstone);
  });

  test('through mappings and filters that are not kept themselves', async () => {
    const out = await filtered((builder) =>
      builder
        .table<string, number>('rows', { store: 'kept' })
        .mapValues((n) => n + 0)
        .transformValues((n) => n)
        .filterNot((n) => n === 7)
        .filter(big),
    );
    expect(out).toEqual(neededTombstone);
  });

  test('over a mapping that is kept, of a source that is not', async () => {
    const out = await filtered((builder) =>
      builder
        .table<string, number>('rows')
        .mapValues((n) => n, { store: 'mapped' })
        .filter(big),
    );
    expect(out).toEqual(neededTombstone);
  });

  test('over a join of tables', async () => {
    const out = await filtered((builder) =>
      builder
        .table<string, number>('rows')
        .leftJoin(builder.table<string, number>('other'), { join: (n) => n })
        .filter(big),
    );
    expect(out).toEqual(neededTombstone);
  });

  test('over an aggregation', async () => {
    const out = await filtered((builder) => {
      const sums = builder.stream<string, number>('rows').groupByKey();
      return sums.reduce((a, b) => (a > 5 ? 0 : a + b), { name: 'sums' }).filter(big);
    });
    expect(out).toEqual(neededTombstone);
  });

  test('once a grouping asks for it', async () => {
    const records = await runProgram((builder) => {
      const passed = builder.table<string, number>('rows').filter(big);
      passed.groupBy((n) => ['all', n]).count({ name: 'counts' });
      passed.toStream().to('out');
    }, changes);
    expect(records.map(({ key, value }) => [key, value])).toEqual(neededTombstone);
  });

  test('and the same when its own result is kept', async () => {
    const out = await filtered((builder) =>
      builder.table<string, number>('rows', { store: 'kept' }).filter(big, { store: 'passed' }),
    );
    expect(out).toEqual(neededTombstone);
  });
});

test('mapValues is not called for deletes, transformValues is', async () => {
  const seen: unknown[] = [];
  const note = (n: number | null): number => {
    seen.push(n);
    return n ?? -1;
  };
  const records = await runProgram(
    (builder) => {
      const table = builder.table<string, number>('rows');
      table.mapValues(note).toStream().to('mapped');
      table.transformValues(note).toStream().to('out');
    },
    rows(['a', 1], ['a', null]),
  );

  expect(seen).toEqual([1, 1, null]);
  expect(records.map(({ value }) => value)).toEqual([1, -1]);
});

test('a row that transformValues makes of nothing is found by lookups', async () => {
  const records = await runProgram(
    (builder) => {
      const orZero = builder.table<string, number>('rows').transformValues((n) => n ?? 0);
      builder
        .stream<string, number>('in')
        .join(orZero, { join: (a, b) => [a, b] })
        .to('out');
    },
    [
      { topic: 'in', key: 'a', value: 1, timestamp: 0 },
      ...rows(['a', 7]),
      { topic: 'in', key: 'a', value: 2, timestamp: 1 },
    ],
  );

  expect(records.map(({ value }) => value)).toEqual([
    [1, 0],
    [2, 7],
  ]);
});
