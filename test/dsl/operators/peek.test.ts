import { expect, test } from 'vitest';
import { outputOf } from '../examples/operator-example.ts';

test('is called before the record goes on, which it does unchanged', async () => {
  const calls: string[] = [];
  const output = await outputOf(
    (b) =>
      b
        .stream<string, number | null>('in')
        .peek((n, key) => calls.push(`peek ${key} ${n}`))
        .peek((n, key) => calls.push(`next ${key} ${n}`))
        .to('out'),
    ['in a 1 @3', 'in - null @4'],
  );

  expect(calls).toEqual(['peek a 1', 'next a 1', 'peek null null', 'next null null']);
  expect(output).toEqual(['out a 1 @3', 'out - null @4']);
});
