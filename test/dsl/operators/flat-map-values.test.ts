import { expect, test } from 'vitest';
import { outputOf } from '../examples/operator-example.ts';

test('keeps the key, also none, and makes nothing of an empty list', async () => {
  const output = await outputOf(
    (b) =>
      b
        .stream<string, number[]>('in')
        .flatMapValues((list) => list)
        .to('out'),
    ['in a [1,null,2] @3', 'in b []', 'in - [4]'],
  );

  expect(output).toEqual(['out a 1 @3', 'out a null @3', 'out a 2 @3', 'out - 4']);
});

test('does not repartition what is grouped after it', async () => {
  const output = await outputOf(
    (b) =>
      b
        .stream<string, number[]>('in')
        .flatMapValues((list) => list)
        .groupByKey()
        .count({ name: 'counts' })
        .toStream()
        .to('out'),
    ['in a [1,2]'],
  );

  expect(output).toEqual(['out a 1', 'out a 2']);
});
