import { expect, test } from 'vitest';
import { outputOf } from '../examples/operator-example.ts';

test('counts neither null values nor records without a key', async () => {
  const output = await outputOf(
    (b) => b.stream('in').groupByKey().count({ name: 'counts' }).toStream().to('out'),
    ['in a 1 @4', 'in a null @5', 'in - 1 @6', 'in b false @1', 'in a 1 @2'],
  );

  expect(output).toEqual(['out a 1 @4', 'out b 1 @1', 'out a 2 @4']);
});
