import { expect, test } from 'vitest';
import { outputOf } from '../examples/operator-example.ts';

test.each(['join', 'leftJoin'] as const)('%s is triggered by the stream alone', async (method) => {
  const output = await outputOf(
    (b) => {
      const names = b.table<string, string>('in-names');
      b.stream<string, number>('in')
        [method as 'leftJoin'](names, { join: (n, name: string | null) => [n, name] })
        .to('out');
    },
    ['in a 1 @1', 'in-names a "Ada" @9', 'in a 2 @3', 'in - 3 @4', 'in a null @5', 'in-names a null', 'in a 4 @6'],
  );

  const inner = ['out a [2,"Ada"] @3'];
  const left = ['out a [1,null] @1', 'out a [2,"Ada"] @3', 'out - [3,null] @4', 'out a [4,null] @6'];
  expect(output).toEqual(method === 'join' ? inner : left);
});
