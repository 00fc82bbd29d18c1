import { expect, test } from 'vitest';
import { outputOf } from '../../examples/operator-example.ts';

test('until a time limit only the last update of a key comes, at the place of its first', async () => {
  const output = await outputOf(
    (b) =>
      b
        .table<string, number>('in')
        .suppress({ until: { timeLimitMs: 10 }, name: 'held' })
        .toStream()
        .to('out'),
    ['in a 1 @0', 'in b 2 @1', 'in a 3 @2', 'in b null @4', 'in c 5 @11'],
  );

  expect(output).toEqual(['out a 3 @2', 'out b null @4']);
});

test('what is over the limit of records comes early, the oldest first', async () => {
  const output = await outputOf(
    (b) =>
      b
        .table<string, number>('in')
        .suppress({ until: { timeLimitMs: 1000 }, maxRecords: 1, name: 'held' })
        .toStream()
        .to('out'),
    ['in a 1 @5', 'in b 2 @3', 'in c 3 @9'],
  );

  expect(output).toEqual(['out b 2 @3', 'out a 1 @5']);
});
