import fc from 'fast-check';
import { expect, test } from 'vitest';
import { string, StreamsBuilder } from '../../src/index.ts';
import { TopologyTestDriver } from '../../src/testing/index.ts';

const anyRecords = fc.array(
  fc.record({
    key: fc.constantFrom('a', 'b', 'c', null),
    /** After so many turns of the event loop the call ends. */
    turns: fc.nat({ max: 4 }),
    failures: fc.nat({ max: 2 }),
    fanOut: fc.integer({ min: 1, max: 3 }),
  }),
  { maxLength: 12 },
);

async function turn(times: number): Promise<void> {
  for (let index = 0; index < times; index++) await new Promise((resolve) => setImmediate(resolve));
}

test('results leave in the order of their key, with the stamps of their records, never more calls at once than allowed', async () => {
  await fc.assert(
    fc.asyncProperty(anyRecords, fc.integer({ min: 1, max: 4 }), async (records, concurrency) => {
      let calls = 0;
      const builder = new StreamsBuilder({ keySerde: string() });
      builder
        .stream<string | null, (typeof records)[number] & { index: number }>('in')
        .flatMapValues((value) => Array.from({ length: value.fanOut }, (_, part) => ({ ...value, part })))
        .mapValuesAsync(
          async ({ turns, failures, index, part }, _key, { attempt }) => {
            expect(++calls).toBeLessThanOrEqual(concurrency);
            await turn(turns);
            calls--;
            if (attempt <= failures) throw new Error('not yet');
            return [index, part];
          },
          { concurrency, retry: { attempts: 3, backoffMs: 0 } },
        )
        .to('out');
      const driver = new TopologyTestDriver(builder.build('async'));
      const input = driver.createInputTopic<string | null, unknown>('in', { keySerde: string() });
      const output = driver.createOutputTopic<string | null, [number, number]>('out', { keySerde: string() });
      await Promise.all(
        records.map((record, index) => input.pipeInput(record.key, { ...record, index }, { timestamp: index })),
      );
      const results = output.readRecords();
      await driver.close();
      expect(results.every(({ value, timestamp }) => value?.[0] === timestamp)).toBe(true);
      for (const key of ['a', 'b', 'c', null]) {
        const expected = records.flatMap((record, index) =>
          record.key === key ? Array.from({ length: record.fanOut }, (_, part) => [index, part]) : [],
        );
        const got = results.filter((result) => result.key === key).map(({ value }) => value as [number, number]);
        if (key === null) got.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        expect(got).toEqual(expected);
      }
    }),
    { numRuns: 100 },
  );
});
