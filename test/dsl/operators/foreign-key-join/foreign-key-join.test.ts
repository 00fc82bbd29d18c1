import { expect, test } from 'vitest';
import { outputOf } from '../../examples/operator-example.ts';

const updates = [
  'in-orders 1 {"of":"c1"} @1',
  'in-customers c1 "Ada" @5',
  'in-orders 2 {"of":"c1"} @9',
  'in-orders 1 {"of":"c2"} @3',
  'in-customers c1 null @6',
  'in-orders 2 null @8',
];

test.each(['join', 'leftJoin'] as const)('%s follows both sides', async (method) => {
  const output = await outputOf((b) => {
    const customers = b.table<string, string>('in-customers');
    b.table<string, { of: string }>('in-orders')
      [method as 'leftJoin'](customers, {
        foreignKey: ({ of }) => of,
        join: ({ of }, name: string | null) => [of, name],
        name: 'j',
      })
      .toStream()
      .to('out');
  }, updates);

  const inner = ['out 1 ["c1","Ada"] @5', 'out 2 ["c1","Ada"] @9', 'out 1 null @3', 'out 2 null @6', 'out 2 null @8'];
  const left = [
    'out 1 ["c1",null] @1',
    'out 1 ["c1","Ada"] @5',
    'out 2 ["c1","Ada"] @9',
    'out 1 ["c2",null] @3',
    'out 2 ["c1",null] @6',
    'out 2 null @8',
  ];
  expect(output).toEqual(method === 'join' ? inner : left);
});
