import { expect, test } from 'vitest';
import { outputOf } from '../examples/operator-example.ts';

test('makes any number of records of one, in order, with its timestamp', async () => {
  const output = await outputOf(
    (b) =>
      b
        .stream<string, number>('in')
        .flatMap((n, key) => Array.from({ length: n }, (_, i) => [i === 1 ? null : `${key}${i}`, i] as const))
        .to('out'),
    ['in a 3 @7', 'in b 0'],
  );

  expect(output).toEqual(['out a0 0 @7', 'out - 1 @7', 'out a2 2 @7']);
});
