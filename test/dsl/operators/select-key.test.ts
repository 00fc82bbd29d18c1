import { expect, test } from 'vitest';
import { outputOf } from '../examples/operator-example.ts';

test('gives each record the key that is made of it, also none', async () => {
  const output = await outputOf(
    (b) =>
      b
        .stream<string, { of: string | null } | null>('in')
        .selectKey((order, key) => (order === null ? `${key} gone` : order.of))
        .to('out'),
    ['in 1 {"of":"ada"} @2', 'in 2 {"of":null}', 'in 3 null'],
  );

  expect(output.map((line) => line.replaceAll(' gone', '-gone'))).toEqual([
    'out ada {"of":"ada"} @2',
    'out - {"of":null}',
    'out 3-gone null',
  ]);
});
