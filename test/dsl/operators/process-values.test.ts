import { expect, test } from 'vitest';
import type { FixedKeyContext, FixedKeyProcessor, FixedKeyRecord } from '../../../src/index.ts';
import { outputOf } from '../examples/operator-example.ts';

class Twice implements FixedKeyProcessor<string, number, number> {
  #context!: FixedKeyContext<string, number>;

  init(context: FixedKeyContext<string, number>): void {
    this.#context = context;
  }

  async process(record: FixedKeyRecord<string, number>): Promise<void> {
    await this.#context.forward(record);
    await this.#context.forward(record.withValue(record.value * 2).withTimestamp(99));
  }
}

test('forwards any number of values of the key, which needs no repartitioning afterwards', async () => {
  const output = await outputOf(
    (b) =>
      b
        .stream<string, number>('in')
        .processValues(() => new Twice())
        .groupByKey()
        .reduce((sum, n) => sum + n, { name: 'sums' })
        .toStream()
        .to('out'),
    ['in a 5 @1'],
  );

  expect(output).toEqual(['out a 5 @1', 'out a 15 @99']);
});
