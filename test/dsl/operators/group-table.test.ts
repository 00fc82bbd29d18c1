import { expect, test } from 'vitest';
import { outputOf } from '../examples/operator-example.ts';

test('subtracts the old row from the group it was in, before the new one is added to its', async () => {
  const calls: string[] = [];
  await outputOf(
    (b) => {
      b.table<string, string>('in')
        .groupBy((group, id) => [group, id])
        .aggregate({
          initializer: () => 0,
          adder: (n, id, group) => (calls.push(`+${id} to ${group}`), n + 1),
          subtractor: (n, id, group) => (calls.push(`-${id} from ${group}`), n - 1),
          name: 'counts',
        });
    },
    ['in 1 "a"', 'in 1 "b"', 'in 1 null', 'in 2 null'],
  );

  expect(calls).toEqual(['+1 to a', '-1 from a', '+1 to b', '-1 from b']);
});
