import { expect, test } from 'vitest';
import { outputOf } from '../../examples/operator-example.ts';

test('keeps the order of a key though a later call would end earlier', async () => {
  const ended: string[] = [];
  const output = await outputOf(
    (b) =>
      b
        .stream<string, number>('in')
        .mapValuesAsync(async (turns, key) => {
          for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
          ended.push(`${key}${turns}`);
          return turns;
        })
        .to('out'),
    ['in a 9 @1', 'in a 0 @2', 'in - null @3'],
  );

  expect(output.filter((line) => line.startsWith('out a'))).toEqual(['out a 9 @1', 'out a 0 @2']);
  expect(output).toContain('out - null @3');
  expect(ended).toHaveLength(3);
});

test('a call that keeps failing has the value of onFailure', async () => {
  let calls = 0;
  const output = await outputOf(
    (b) =>
      b
        .stream<string, number>('in')
        .mapValuesAsync(
          async (): Promise<string> => {
            calls++;
            throw new Error('not there');
          },
          { onFailure: () => 'unknown' },
        )
        .to('out'),
    ['in a 1'],
  );

  expect(output).toEqual(['out a "unknown"']);
  expect(calls).toBe(1);
});
