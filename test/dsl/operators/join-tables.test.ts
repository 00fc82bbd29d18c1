import { expect, test } from 'vitest';
import { outputOf } from '../examples/operator-example.ts';

const input = ['in1 a 1 @5', 'in2 a 2 @3', 'in2 b 7 @4', 'in1 a null @6', 'in2 a null @7'];

test.each(['join', 'leftJoin', 'outerJoin'] as const)('%s has the later of both timestamps', async (method) => {
  const output = await outputOf((b) => {
    const right = b.table<string, number>('in2');
    b.table<string, number>('in1')
      [method as 'outerJoin'](right, { join: (l: number | null, r: number | null) => [l, r] })
      .toStream()
      .to('out');
  }, input);

  const expected = {
    join: ['out a [1,2] @5', 'out a null @6'],
    leftJoin: ['out a [1,null] @5', 'out a [1,2] @5', 'out a null @6'],
    outerJoin: ['out a [1,null] @5', 'out a [1,2] @5', 'out b [null,7] @4', 'out a [null,2] @6', 'out a null @7'],
  };
  expect(output).toEqual(expected[method]);
});
