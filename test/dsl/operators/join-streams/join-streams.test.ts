import { expect, test } from 'vitest';
import { outputOf } from '../../examples/operator-example.ts';

const window = { beforeMs: 1, afterMs: 2, graceMs: 0 };
const input = [
  'in1 a "l1" @10',
  'in2 a "r1" @9',
  'in2 a "r2" @13',
  'in1 - "none" @13',
  'in2 b "alone" @14',
  'in1 c "c" @99',
];

test.each(['join', 'leftJoin', 'outerJoin'] as const)(
  '%s pairs what is within the asymmetric window',
  async (method) => {
    const output = await outputOf((b) => {
      const right = b.stream<string, string>('in2');
      b.stream<string, string>('in1')
        [method as 'outerJoin'](right, { join: (l: string | null, r: string | null) => [l, r], window, name: 'pairs' })
        .to('out');
    }, input);

    const expected = {
      join: ['out a ["l1","r1"] @10'],
      leftJoin: ['out a ["l1","r1"] @10', 'out - ["none",null] @13'],
      outerJoin: [
        'out a ["l1","r1"] @10',
        'out - ["none",null] @13',
        'out a [null,"r2"] @13',
        'out b [null,"alone"] @14',
      ],
    };
    expect(output).toEqual(expected[method]);
  },
);

test('keeps duplicates and leaves out null values', async () => {
  const output = await outputOf(
    (b) =>
      b
        .stream<string, string>('in1')
        .join(b.stream<string, string>('in2'), { join: (l, r) => [l, r], window, name: 'pairs' })
        .to('out'),
    ['in1 a "x" @5', 'in1 a "x" @5', 'in1 a null @5', 'in2 a "y" @5'],
  );

  expect(output).toEqual(['out a ["x","y"] @5', 'out a ["x","y"] @5']);
});
