import { expect, test } from 'vitest';
import { outputOf } from '../examples/operator-example.ts';

test('moves a row from its old group to its new one', async () => {
  const output = await outputOf(
    (b) =>
      b
        .table<string, { to: string; n: number }>('in')
        .groupBy(({ to, n }) => [to, n])
        .aggregate({
          initializer: (): number[] => [],
          adder: (seen, n) => [...seen, n],
          subtractor: (seen, n) => seen.filter((other) => other !== n),
          name: 'rows-of-group',
        })
        .toStream()
        .to('out'),
    ['in 1 {"to":"a","n":3}', 'in 2 {"to":"a","n":4}', 'in 1 {"to":"b","n":5}', 'in 2 null'],
  );

  expect(output).toEqual(['out a [3]', 'out a [3,4]', 'out a [4]', 'out b [5]', 'out a []']);
});

test('within a group subtracts and adds with one output', async () => {
  const output = await outputOf(
    (b) =>
      b
        .table<string, number>('in')
        .groupBy((n) => ['all', n])
        .aggregate({ initializer: () => 0, adder: (a, n) => a + n, subtractor: (a, n) => a - n, name: 'sum' })
        .toStream()
        .to('out'),
    ['in 1 3', 'in 1 10'],
  );

  expect(output).toEqual(['out all 3', 'out all 10']);
});
