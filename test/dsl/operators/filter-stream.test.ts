import { expect, test } from 'vitest';
import { outputOf } from '../examples/operator-example.ts';

test.each(['filter', 'filterNot'] as const)('%s looks at null keys and values too', async (method) => {
  const output = await outputOf(
    (b) =>
      b
        .stream<string | null, number | null>('in')
        [method]((value, key) => value === null || key === null)
        .to('out'),
    ['in a 1 @1', 'in a null @2', 'in - 3 @3'],
  );

  const kept = ['out a null @2', 'out - 3 @3'];
  expect(output).toEqual(method === 'filter' ? kept : ['out a 1 @1']);
});
