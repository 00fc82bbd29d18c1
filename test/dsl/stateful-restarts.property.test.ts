import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import { keyValueStore, topology, type Processor, type ProcessorContext, type Topology } from '../../src/index.ts';
import { levelDbBackend } from '../../src/store/leveldb/leveldb-backend.ts';
import { memoryBackend } from '../../src/store/memory/memory-backend.ts';
import { TopologyTestDriver } from '../../src/testing/index.ts';
import {
  applicationOf,
  createTopic,
  produce,
  readAll,
  runUntilDrained,
  temporaryDirectory,
} from '../runtime/application-fixtures.ts';

const add = (a: number, b: number): number => a + b;
const subtract = (a: number, b: number): number => a - b;
const pair = (a: unknown, b: unknown): unknown => [a, b];

/** Every operator that keeps state, but for windows, which have tests of their own; each writes the topic of its name. */
function everyOperator(storage: 'memory' | 'persistent'): Topology {
  return topology('stateful', (builder) => {
    const seen = keyValueStore<string, number>({ name: 'seen', storage });
    const stream = builder.stream<string, number>('stream');
    const other = builder.stream<string, number>('other');
    const left = builder.table<string, number>('left', { storage });
    const right = builder.table<string, number>('right', { storage });
    const byParity = left.groupBy((value) => [`p${value % 2}`, value]);
    const history = builder.table<string, number>('history', { versioned: { historyRetentionMs: 100 }, storage });
    const tables = {
      count: stream.groupByKey().count({ name: 'c', storage }),
      'count-by': stream.groupBy((value) => `v${(value ?? 0) % 3}`).count({ name: 'cb', storage }),
      reduce: stream.groupByKey().reduce(add, { name: 'r', storage }),
      aggregate: stream.groupByKey().aggregate({ initializer: () => 0, aggregator: add, name: 'a', storage }),
      cogroup: stream
        .groupByKey()
        .cogroup(add)
        .cogroup(other.groupByKey(), subtract)
        .aggregate({ initializer: () => 0, name: 'co', storage }),
      'to-table': stream.toTable({ name: 't', queryable: true, storage }),
      'table-count': byParity.count({ name: 'tc', storage }),
      'table-reduce': byParity.reduce({ adder: add, subtractor: subtract, name: 'tr', storage }),
      'table-aggregate': byParity.aggregate({
        initializer: () => 0,
        adder: add,
        subtractor: subtract,
        name: 'ta',
        storage,
      }),
      filter: left.filter((value) => value > 3, { store: 'f', storage }),
      'map-values': left.mapValues((value) => value + 1, { store: 'm', storage }),
      // Of a row that never was a cache tells nothing, so what is made of null there is not compared.
      'transform-values': left.transformValues((value) => (value === null ? null : value * 2), {
        store: 'tv',
        storage,
      }),
      'table-join': left.join(right, { join: pair, store: 'tj', storage }),
      'table-left-join': left.leftJoin(right, { join: pair }),
      'table-outer-join': left.outerJoin(right, { join: pair }),
      'foreign-key-join': left.join(right, {
        foreignKey: (value) => KEYS[value % 3] as string,
        join: pair,
        name: 'fk',
      }),
      'foreign-key-left-join': left.leftJoin(right, {
        foreignKey: (value) => KEYS[value % 3] as string,
        join: pair,
        name: 'fkl',
      }),
      suppress: left.suppress({ until: { timeLimitMs: 5 }, name: 's' }),
    };
    for (const [name, table] of Object.entries<any>(tables)) table.toStream().to(name);
    const window = { beforeMs: 4, afterMs: 6, graceMs: 3 };
    const streams = {
      'stream-join': stream.join(other, { join: pair, window, name: 'sj' }),
      'stream-left-join': stream.leftJoin(other, { join: pair, window, name: 'sl' }),
      'stream-outer-join': stream.outerJoin(other, { join: pair, window, name: 'so' }),
      'stream-table-join': stream.join(left, { join: pair }),
      'stream-table-left-join': stream.leftJoin(right, { join: pair }),
      'as-of-join': other.join(history, { join: pair, graceMs: 4, name: 'as-of' }),
      process: stream.process<string, number>(() => new Total(), { stores: [seen] }),
      'process-values': stream.processValues<number>(() => new Total() as never, { stores: [seen] }),
    };
    for (const [name, joined] of Object.entries<any>(streams)) joined.to(name);
  });
}

/** Adds up the values of each key. */
class Total implements Processor<any, any> {
  #context!: ProcessorContext<any>;

  init(context: ProcessorContext<any>): void {
    this.#context = context;
  }

  process(record: any): void | Promise<void> {
    const store = this.#context.keyValueStore<string, number>('seen');
    if (record.key === null) return;
    const total = (store.get(record.key) ?? 0) + (record.value ?? 0);
    store.put(record.key, total);
    return this.#context.forward(record.withValue(total));
  }
}

const KEYS = ['a', 'b', 'ab'];
const INPUTS = ['stream', 'other', 'left', 'right', 'history'];
/** Of these the results of a change may come in between those of another; the rows they end with are the same. */
const RACING = ['foreign-key-join', 'foreign-key-left-join'];

/** What comes in between two restarts, all to one topic: so that there is but one order to take it in. */
interface Phase {
  readonly topic: string;
  readonly records: readonly {
    readonly key: string | null;
    readonly value: number | null;
    readonly timestamp: number;
  }[];
}

const anyPhases = fc.array(
  fc.record<Phase>({
    topic: fc.constantFrom(...INPUTS),
    records: fc.array(
      fc.record({
        key: fc.option(fc.constantFrom(...KEYS), { freq: 9 }),
        value: fc.option(fc.nat(9), { freq: 4 }),
        timestamp: fc.nat({ max: 40 }),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  }),
  { minLength: 2, maxLength: 6 },
);

type Outputs = ReadonlyMap<string, readonly { readonly key: any; readonly value: any }[]>;

async function withoutRestarts(program: Topology, phases: readonly Phase[]): Promise<Outputs> {
  const driver = new TopologyTestDriver(program);
  for (const { topic, records } of phases) {
    const input = driver.createInputTopic<string | null, number | null>(topic);
    for (const { key, value, timestamp } of records) await input.pipeInput(key, value, { timestamp });
  }
  const outputs = new Map(
    outputsOf(program).map((topic) => [topic, driver.createOutputTopic<any, any>(topic).readRecords()]),
  );
  await driver.close();
  return outputs;
}

function outputsOf({ nodes }: Topology): string[] {
  const topics = [...nodes.values()].flatMap((node) => (node.kind === 'sink' ? [String(node.topic)] : []));
  return topics.filter((topic) => !topic.includes('repartition') && !topic.includes('-subscription-'));
}

/** Each key's values in their order; of a table whose order may differ, or of which some are held back, the last alone. */
function byKey(records: readonly { key: any; value: any }[], onlyLast: boolean): Map<string, unknown[]> {
  const values = new Map<string, unknown[]>();
  for (const { key, value } of records) {
    const known = onlyLast ? [] : (values.get(String(key)) ?? []);
    values.set(String(key), [...known, value]);
  }
  // What is held back may come to nothing at all; then a count or sum of nothing may be there or not, as in Kafka Streams.
  if (onlyLast) for (const [key, [last]] of values) if (last === null || last === 0) values.delete(key);
  return values;
}

test.each([
  ['memory', 0],
  ['memory', 1_000_000],
  ['persistent', 0],
  ['persistent', 1_000_000],
] as const)(
  'every stateful operator goes on after restarts as if there had been none: stores in %s, record cache of %i bytes',
  { timeout: 240_000 },
  async (storage, recordCacheBytes) => {
    const program = everyOperator(storage);
    const streams = ['stream-join', 'stream-left-join', 'stream-outer-join', 'as-of-join', 'process', 'process-values'];
    await fc.assert(
      fc.asyncProperty(anyPhases, async (phases) => {
        await using directory = await temporaryDirectory();
        const broker = await EmbeddedBroker.inMemory();
        for (const topic of INPUTS) await createTopic(broker, topic);
        for (const { topic, records } of phases) {
          const config = { stateDirectory: directory.path, recordCacheBytes };
          const backends = { storeBackend: levelDbBackend(), memoryBackend: memoryBackend() };
          await produce(broker, topic, records);
          await runUntilDrained(applicationOf({ topology: program, broker, ...backends, config }));
        }
        const expected = await withoutRestarts(program, phases);
        for (const [topic, records] of expected) {
          // What it holds back, and for how long, follows the times of the updates that reach it.
          if (topic === 'suppress' && recordCacheBytes > 0) continue;
          const onlyLast = RACING.includes(topic) || (recordCacheBytes > 0 && !streams.includes(topic));
          expect(byKey(await readAll(broker, topic), onlyLast), topic).toEqual(byKey(records, onlyLast));
        }
        await broker.close();
      }),
      // To look for a smaller example takes minutes: each try restarts applications.
      { numRuns: 6, endOnFailure: true },
    );
  },
);
