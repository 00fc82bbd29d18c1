import { expect, test } from 'vitest';
import { outputOf } from '../examples/operator-example.ts';

test('writes key, value, timestamp and nulls as they are', async () => {
  const output = await outputOf((b) => b.stream('in').to('out'), ['in a {"x":[1]} @7', 'in - null @2']);

  expect(output).toEqual(['out a {"x":[1]} @7', 'out - null @2']);
});

test('to the topic that is chosen for each record', async () => {
  const output = await outputOf(
    (b) => b.stream<string, string>('in').to(({ key, value }) => `to-${key}-${value}`),
    ['in a "x"', 'in b "y"'],
  );

  expect(output).toEqual(['to-a-x a "x"', 'to-b-y b "y"']);
});
