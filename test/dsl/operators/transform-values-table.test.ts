import { expect, test } from 'vitest';
import { outputOf } from '../examples/operator-example.ts';

test('is called for deletes too', async () => {
  const output = await outputOf(
    (b) =>
      b
        .table<string, number>('in')
        .transformValues((n, key) => `${key}: ${n}`)
        .toStream()
        .to('out'),
    ['in a 1 @2', 'in b null @3'],
  );

  expect(output).toEqual(['out a "a: 1" @2', 'out b "b: null" @3']);
});
