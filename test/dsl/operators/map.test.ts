import { expect, test } from 'vitest';
import { outputOf } from '../examples/operator-example.ts';

test('sees the old key and value, and the timestamp stays', async () => {
  const output = await outputOf(
    (b) =>
      b
        .stream<string, string | null>('in')
        .map((value, key) => [value, key])
        .to('out'),
    ['in a "x" @8', 'in b null @2'],
  );

  expect(output).toEqual(['out x "a" @8', 'out - "b" @2']);
});
