import { appendFileSync } from 'node:fs';
import { StreamsBuilder } from '../../../src/dsl/streams-builder.ts';
import type { Topology } from '../../../src/topology/topology.ts';

/** Calls the outside, which is a file that each call appends to, for each record of `input`, and counts the results by key. */
export function countCallsTopology(outside: string): Topology {
  const builder = new StreamsBuilder();
  const called = builder.stream<number, number>('input').mapValuesAsync(
    async (value) => {
      appendFileSync(outside, `${value}\n`);
      await new Promise((resolve) => setImmediate(resolve));
      return value;
    },
    { concurrency: 8 },
  );
  called.to('output');
  called.groupByKey().count({ name: 'counts' });
  return builder.build('count-calls');
}
