import { expect, test } from 'vitest';
import { outputOf } from '../examples/operator-example.ts';

test('has the last value of each key as it arrives, deletes included, and no records without a key', async () => {
  const output = await outputOf(
    (b) => b.stream<string, number>('in').toTable({ name: 'latest' }).toStream().to('out'),
    ['in a 1 @5', 'in a 2 @3', 'in - 3', 'in a null @4'],
  );

  expect(output).toEqual(['out a 1 @5', 'out a 2 @3', 'out a null @4']);
});

test('repartitions where the key was changed', async () => {
  const output = await outputOf(
    (b) =>
      b
        .stream<string, { of: string | null }>('in')
        .selectKey(({ of }) => of)
        .toTable({ name: 'latest' })
        .toStream()
        .to('out'),
    ['in 1 {"of":"a"}', 'in 2 {"of":null}'],
  );

  expect(output).toEqual(['out a {"of":"a"}']);
});
