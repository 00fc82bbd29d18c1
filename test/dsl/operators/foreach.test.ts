import { expect, test } from 'vitest';
import { outputOf } from '../examples/operator-example.ts';

test('is called with every record, nulls included, and writes nothing', async () => {
  const seen: unknown[] = [];
  const output = await outputOf(
    (b) => b.stream('in').foreach((value, key) => seen.push([key, value])),
    ['in a 1', 'in - 2', 'in b null'],
  );

  expect(seen).toEqual([
    ['a', 1],
    [null, 2],
    ['b', null],
  ]);
  expect(output).toEqual([]);
});
