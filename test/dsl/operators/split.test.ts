import { expect, test } from 'vitest';
import { outputOf } from '../examples/operator-example.ts';

test('a record goes to the first branch that takes it, or nowhere', async () => {
  const output = await outputOf(
    (b) => {
      const { even, big } = b
        .stream<string, number>('in')
        .split({ even: (n) => n % 2 === 0, big: (n, key) => n > 5 && key !== null });
      even.mapValues((n) => `even ${n}`).to('out');
      big.mapValues((n) => `big ${n}`).to('out');
    },
    ['in a 8', 'in a 9', 'in - 7', 'in a 1'],
  );

  expect(output).toEqual(['out a "even 8"', 'out a "big 9"']);
});
