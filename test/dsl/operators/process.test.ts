import { expect, test } from 'vitest';
import type { Processor, ProcessorContext, StreamRecord } from '../../../src/index.ts';
import { outputOf } from '../examples/operator-example.ts';

type Numbers = StreamRecord<string, number>;

class Route implements Processor<Numbers, Numbers> {
  #context!: ProcessorContext<Numbers>;

  init(context: ProcessorContext<Numbers>): void {
    this.#context = context;
  }

  process(record: Numbers): void | Promise<void> {
    if (record.value < 0) return;
    return this.#context.forward(record.withKey(`${record.key}!`));
  }
}

test('forwards what it makes of a record, or nothing', async () => {
  const output = await outputOf(
    (b) =>
      b
        .stream<string, number>('in')
        .process(() => new Route())
        .to('out'),
    ['in a 1 @6', 'in a -1'],
  );

  expect(output).toEqual(['out a! 1 @6']);
});
