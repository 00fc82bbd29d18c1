import { expect, test } from 'vitest';
import { outputOf } from '../examples/operator-example.ts';

test('is not called for a delete, and a row without a value is one', async () => {
  const called: unknown[] = [];
  const output = await outputOf(
    (b) =>
      b
        .table<string, number>('in')
        .mapValues((n) => (called.push(n), n > 5 ? null : -n))
        .toStream()
        .to('out'),
    ['in a 1', 'in a 9', 'in a null'],
  );

  expect(output).toEqual(['out a -1', 'out a null', 'out a null']);
  expect(called).toEqual([1, 9]);
});
