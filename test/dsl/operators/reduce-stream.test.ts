import { expect, test } from 'vitest';
import { outputOf } from '../examples/operator-example.ts';

test('takes the first value as it is and leaves out null values', async () => {
  const calls: unknown[] = [];
  const output = await outputOf(
    (b) =>
      b
        .stream<string, number>('in')
        .groupByKey()
        .reduce((sum, n) => (calls.push([sum, n]), sum + n), { name: 'sums' })
        .toStream()
        .to('out'),
    ['in a 3 @5', 'in a null @6', 'in a 4 @2'],
  );

  expect(output).toEqual(['out a 3 @5', 'out a 7 @5']);
  expect(calls).toEqual([[3, 4]]);
});
