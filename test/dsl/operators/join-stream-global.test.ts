import { expect, test } from 'vitest';
import { outputOf } from '../examples/operator-example.ts';

test.each(['join', 'leftJoin'] as const)('%s looks up the key that is selected, which may be null', async (method) => {
  const output = await outputOf(
    (b) => {
      const names = b.globalTable<string, string>('in-names');
      b.stream<string, { of: string | null }>('in')
        [method as 'leftJoin'](names, { key: ({ of }) => of, join: (_, name: string | null) => name })
        .to('out');
    },
    [
      'in-names c1 "Ada"',
      'in 1 {"of":"c1"} @2',
      'in 2 {"of":"c2"}',
      'in 3 {"of":null}',
      'in - {"of":"c1"}',
      'in 4 null',
    ],
  );

  const inner = ['out 1 "Ada" @2', 'out - "Ada"'];
  const left = ['out 1 "Ada" @2', 'out 2 null', 'out 3 null', 'out - "Ada"'];
  expect(output.filter((line) => !line.startsWith('out 4'))).toEqual(method === 'join' ? inner : left);
});
