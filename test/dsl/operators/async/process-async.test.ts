import { expect, test } from 'vitest';
import { outputOf } from '../../examples/operator-example.ts';

test('makes any number of records of each, in the order of its key', async () => {
  const output = await outputOf(
    (b) =>
      b
        .stream<string, number>('in')
        .processAsync(async (record) =>
          Array.from({ length: record.value }, (_, n) => record.withKey(`${record.key}${n}`).withValue(n)),
        )
        .to('out'),
    ['in a 2 @1', 'in a 0 @2', 'in a 1 @3'],
  );

  expect(output).toEqual(['out a0 0 @1', 'out a1 1 @1', 'out a0 0 @3']);
});
