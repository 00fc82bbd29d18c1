import fc from 'fast-check';
import { StreamsBuilder } from '../../src/dsl/streams-builder.ts';
import { json } from '../../src/serde/json-serde.ts';
import { string } from '../../src/serde/string-serde.ts';
import { TopologyTestDriver, type TestRecord } from '../../src/testing/index.ts';

/** A record that goes into a program; a null value deletes where the topic is read as a table. */
export interface Update<V = any> {
  readonly topic: string;
  readonly key: string | null;
  readonly value: V | null;
  readonly timestamp: number;
}

/** Few keys, so that they meet; one is empty and one has more bytes than characters. */
export const anyKey = fc.constantFrom('a', 'b', 'é', '');

/** Inserts, updates and deletes in some topics, at timestamps that also go back. */
export function anyUpdates(
  topics: { readonly [topic: string]: fc.Arbitrary<unknown> },
  maxLength = 40,
): fc.Arbitrary<Update[]> {
  const ofTopic = Object.entries(topics).map(([topic, value]) =>
    fc.record({
      topic: fc.constant(topic),
      key: anyKey,
      value: fc.option(value, { freq: 4 }),
      timestamp: fc.nat({ max: 30 }),
    }),
  );
  return fc.array(fc.oneof(...ofTopic), { maxLength });
}

/** Runs a program with string keys and JSON values; returns what it wrote to `out`, in order. */
export async function runProgram(
  define: (builder: StreamsBuilder) => void,
  updates: readonly Update[],
): Promise<TestRecord<string, any>[]> {
  const builder = new StreamsBuilder({ keySerde: string(), valueSerde: json() });
  define(builder);
  const driver = new TopologyTestDriver(builder.build('program'));
  try {
    for (const { topic, key, value, timestamp } of updates) {
      await driver
        .createInputTopic<string, unknown>(topic, { keySerde: string() })
        .pipeInput(key, value, { timestamp });
    }
    return driver.createOutputTopic<string, any>('out', { keySerde: string() }).readRecords();
  } finally {
    await driver.close();
  }
}

/** The rows of a table by what was written of it: the last value of each key, without the deleted ones. */
export function rowsOf(records: readonly TestRecord<string, any>[]): Map<string, any> {
  return new Map([...lastOf(records)].map(([key, { value }]) => [key, value]));
}

/** The last record of each key, without the deleted ones. */
export function lastOf<R extends { readonly key: string | null; readonly value: unknown }>(
  records: readonly R[],
): Map<string, R> {
  const last = new Map<string, R>();
  for (const record of records) {
    if (record.value === null) last.delete(record.key as string);
    else last.set(record.key as string, record);
  }
  return last;
}

/** The rows of a topic read as a table, after all updates: order of arrival counts, not time. */
export function tableOf<V>(updates: readonly Update[], topic: string): Map<string, Update<V>> {
  return lastOf(updates.filter((update) => update.topic === topic)) as Map<string, Update<V>>;
}
