import { expect, test } from 'vitest';
import { outputOf } from '../examples/operator-example.ts';

test('passes on both as they come, and a stream merged with itself once, as Kafka Streams does', async () => {
  const output = await outputOf(
    (b) => {
      const one = b.stream<string, number>('in1');
      one.merge(one).merge(b.stream<string, number>('in2')).to('out');
    },
    ['in1 a 1 @5', 'in2 - null @1'],
  );

  expect(output).toEqual(['out a 1 @5', 'out - null @1']);
});
