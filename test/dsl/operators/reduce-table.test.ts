import { expect, test } from 'vitest';
import { outputOf } from '../examples/operator-example.ts';

test('takes the first row of a group as it is, and subtracts what leaves', async () => {
  const output = await outputOf(
    (b) =>
      b
        .table<string, { to: string; n: number }>('in')
        .groupBy(({ to, n }) => [to, n])
        .reduce({ adder: (sum, n) => sum + n, subtractor: (sum, n) => sum - n, name: 'sums' })
        .toStream()
        .to('out'),
    ['in 1 {"to":"a","n":3} @4', 'in 2 {"to":"a","n":4} @2', 'in 1 {"to":"b","n":3} @9'],
  );

  expect(output).toEqual(['out a 3 @4', 'out a 7 @4', 'out a 4 @9', 'out b 3 @9']);
});
