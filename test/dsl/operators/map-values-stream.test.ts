import { expect, test } from 'vitest';
import { outputOf } from '../examples/operator-example.ts';

test('is called for null values and keys, and keeps key and timestamp', async () => {
  const output = await outputOf(
    (b) =>
      b
        .stream<string, number | null>('in')
        .mapValues((n, key) => (n === 0 ? null : [key, n]))
        .to('out'),
    ['in a 1 @4', 'in - null @5', 'in b 0 @6'],
  );

  expect(output).toEqual(['out a ["a",1] @4', 'out - [null,null] @5', 'out b null @6']);
});
