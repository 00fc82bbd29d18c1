import { expect, test } from 'vitest';
import { outputOf } from '../examples/operator-example.ts';

test('an emptied group stays with 0, and a null group has no rows', async () => {
  const output = await outputOf(
    (b) =>
      b
        .table<string, string | null>('in')
        .groupBy((group, id) => [group === 'none' ? null : group, id])
        .count({ name: 'counts' })
        .toStream()
        .to('out'),
    ['in 1 "a"', 'in 2 "none"', 'in 1 "none"', 'in 2 "a"', 'in 2 null'],
  );

  expect(output).toEqual(['out a 1', 'out a 0', 'out a 1', 'out a 0']);
});
