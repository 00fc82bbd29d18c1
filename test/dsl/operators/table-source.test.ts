import { expect, test } from 'vitest';
import { outputOf } from '../examples/operator-example.ts';

test('forwards every record with a key, equal values and tombstones of unknown keys too', async () => {
  const output = await outputOf(
    (b) => b.table<string, number>('in', { store: 'rows' }).toStream().to('out'),
    ['in a 1 @9', 'in a 1 @9', 'in a 2 @3', 'in b null @4', 'in - 5'],
  );

  expect(output).toEqual(['out a 1 @9', 'out a 1 @9', 'out a 2 @3', 'out b null @4']);
});
