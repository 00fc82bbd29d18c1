import { topology, type StreamsBuilder } from 'millrace';
import { expect, test } from 'vitest';

test('an async function is refused: what it adds later would be missing', () => {
  const define: (builder: StreamsBuilder) => unknown = async (builder) => {
    await Promise.resolve();
    builder.stream('a').to('b');
  };

  expect(() => topology('late', define as (builder: StreamsBuilder) => void)).toThrow(
    'Expected the function of topology "late" to return when all is added, got an async one',
  );
});
