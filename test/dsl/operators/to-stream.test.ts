import { expect, test } from 'vitest';
import { outputOf } from '../examples/operator-example.ts';

test('is every change as a record, a delete as null, by a new key where one is selected', async () => {
  const output = await outputOf(
    (b) =>
      b
        .table<string, number>('in')
        .toStream({ key: (n, key) => `${key}-${n}` })
        .to('out'),
    ['in a 1 @3', 'in a null @4'],
  );

  expect(output).toEqual(['out a-1 1 @3', 'out a-null null @4']);
});
