import { expect, test } from 'vitest';
import { outputOf } from '../examples/operator-example.ts';

test('sends records through a topic of its name, without those that have no key', async () => {
  const output = await outputOf(
    (b) => b.stream<string, number>('in').repartition({ name: 'again' }).to('out'),
    ['in a 1 @3', 'in - 2', 'in b null'],
  );

  expect(output).toEqual(['out a 1 @3', 'out b null']);
});
