import { expect, test } from 'vitest';
import { outputOf } from '../examples/operator-example.ts';

test('a row that no longer passes is deleted once', async () => {
  const output = await outputOf(
    (b) =>
      b
        .table<string, number>('in', { store: 'rows' })
        .filter((n) => n > 5)
        .toStream()
        .to('out'),
    ['in a 9', 'in a 1', 'in a 2', 'in a null'],
  );

  expect(output).toEqual(['out a 9', 'out a null']);
});

test('filterNot keeps the rows for which it does not hold, also where they are looked up', async () => {
  const output = await outputOf(
    (b) => {
      const small = b.table<string, number>('in-rows').filterNot((n) => n > 5);
      b.stream<string, string>('in')
        .leftJoin(small, { join: (event, row) => [event, row] })
        .to('out');
    },
    ['in-rows a 3', 'in a "x"', 'in-rows a 9', 'in a "y"'],
  );

  expect(output).toEqual(['out a ["x",3]', 'out a ["y",null]']);
});
