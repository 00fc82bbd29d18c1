import { expect, test } from 'vitest';
import { outputOf } from '../examples/operator-example.ts';

test('folds each stream by its own aggregator into one value', async () => {
  const output = await outputOf(
    (b) =>
      b
        .stream<string, number>('in-plus')
        .groupByKey()
        .cogroup((sum: number, n) => sum + n)
        .cogroup(b.stream<string, number>('in-times').groupByKey(), (sum, n) => sum * n)
        .aggregate({ initializer: () => 1, name: 'folded' })
        .toStream()
        .to('out'),
    ['in-times a 5 @9', 'in-plus a 2 @4', 'in-times a 3 @5', 'in-plus a null @6', 'in-times - 7 @7'],
  );

  expect(output).toEqual(['out a 5 @9', 'out a 7 @9', 'out a 21 @9']);
});
