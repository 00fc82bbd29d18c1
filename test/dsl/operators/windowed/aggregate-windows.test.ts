import { expect, test } from 'vitest';
import {
  hopping,
  session,
  sliding,
  tumbling,
  unlimited,
  type StreamsBuilder,
  type Windows,
} from '../../../../src/index.ts';
import { outputOf } from '../../examples/operator-example.ts';

const input = ['in a 1 @12', 'in a null @14', 'in - 1 @14', 'in a 1 @21', 'in a 1 @3'];

const KINDS: { readonly [kind: string]: readonly [windows: Windows, output: readonly string[]] } = {
  tumbling: [tumbling({ sizeMs: 10, graceMs: 0 }), ['out a@10 1 @12', 'out a@10 2 @14', 'out a@20 1 @21']],
  hopping: [
    hopping({ sizeMs: 10, advanceMs: 5, graceMs: 0 }),
    ['out a@5 1 @12', 'out a@10 1 @12', 'out a@5 2 @14', 'out a@10 2 @14', 'out a@15 1 @21', 'out a@20 1 @21'],
  ],
  sliding: [sliding({ timeDifferenceMs: 10, graceMs: 0 }), ['out a@2 1 @12', 'out a@13 1 @21', 'out a@11 2 @21']],
  session: [
    session({ gapMs: 5, graceMs: 0 }),
    ['out a@12 1 @12', 'out a@12 null @12', 'out a@12 2 @14', 'out a@21 1 @21'],
  ],
  unlimited: [unlimited({ startMs: 10 }), ['out a@10 1 @12', 'out a@10 2 @14', 'out a@10 3 @21']],
};

function count(windows: Windows): (builder: StreamsBuilder) => void {
  return (builder) =>
    builder
      .stream('in')
      .groupByKey()
      .windowedBy(windows as never)
      .count({ name: 'counts' })
      .toStream({ key: (_, { key, start }: any) => `${key}@${start}` })
      .to('out');
}

test.each(Object.entries(KINDS))(
  '%s windows leave out what is late and has no key',
  async (_kind, [windows, output]) => {
    expect(await outputOf(count(windows), input)).toEqual(output);
  },
);

test('a sliding window that a record makes twice, as right window of the record before and left one of its own, counts once in what is grouped anew', async () => {
  const output = await outputOf(
    (builder) =>
      builder
        .stream('in')
        .groupByKey()
        .windowedBy(sliding({ timeDifferenceMs: 5, graceMs: 10 }))
        .count({ name: 'counts' })
        .groupBy((n, { key }) => [key, n])
        .reduce({ adder: (a, b) => a + b, subtractor: (a, b) => a - b, name: 'sums' })
        .toStream()
        .to('out'),
    ['in a 1 @2', 'in a 1 @8'],
  );

  expect(output).toEqual(['out a 1 @2', 'out a 2 @8', 'out a 2 @8']);
});
