import { expect, test } from 'vitest';
import { outputOf } from '../examples/operator-example.ts';

test('leaves out null values and null keys, and keeps the largest timestamp', async () => {
  const output = await outputOf(
    (b) =>
      b
        .stream<string, number>('in')
        .groupByKey()
        .aggregate({ initializer: () => 100, aggregator: (sum, n) => sum + n, name: 'sums' })
        .toStream()
        .to('out'),
    ['in a 1 @5', 'in a null @6', 'in - 7 @7', 'in a 2 @3'],
  );

  expect(output).toEqual(['out a 101 @5', 'out a 103 @5']);
});

test('a null result deletes the aggregate and forgets its timestamp', async () => {
  const output = await outputOf(
    (b) =>
      b
        .stream<string, number>('in')
        .groupByKey()
        .aggregate({ initializer: () => 0, aggregator: (sum, n) => (n < 0 ? null : sum + n), name: 'sums' })
        .toStream()
        .to('out'),
    ['in a 4 @9', 'in a -1 @9', 'in a 1 @2'],
  );

  expect(output).toEqual(['out a 4 @9', 'out a null @9', 'out a 1 @2']);
});
