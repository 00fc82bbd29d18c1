import { describe, expect, test } from 'vitest';
import { StreamsBuilder } from '../../src/dsl/streams-builder.ts';
import { buffer } from '../../src/serde/buffer-serde.ts';
import { json } from '../../src/serde/json-serde.ts';
import type { Serde } from '../../src/serde/serde.ts';
import { string } from '../../src/serde/string-serde.ts';
import { TopologyTestDriver } from '../../src/testing/index.ts';

const raw = { keySerde: buffer(), valueSerde: buffer() };

/** JSON that says how often it was read and written. */
function counted(): Serde<any> & { reads: number; writes: number } {
  const inner = json<any>();
  return {
    name: 'counted',
    reads: 0,
    writes: 0,
    serialize(value) {
      this.writes++;
      return inner.serialize(value);
    },
    deserialize(bytes) {
      this.reads++;
      return inner.deserialize(bytes);
    },
  };
}

async function pipe(
  define: (builder: StreamsBuilder) => void,
  inputs: readonly [topic: string, key: string, value: string][],
): Promise<string[]> {
  const builder = new StreamsBuilder({ keySerde: json(), valueSerde: json() });
  define(builder);
  const driver = new TopologyTestDriver(builder.build('lazy'));
  for (const [topic, key, value] of inputs) {
    await driver.createInputTopic<Buffer, Buffer>(topic, raw).pipeInput(Buffer.from(key), Buffer.from(value));
  }
  const records = driver.createOutputTopic<Buffer, Buffer>('out', raw).readRecords();
  await driver.close();
  return records.map(({ key, value }) => `${key?.toString()} = ${value?.toString()}`);
}

const ODD = ' { "n" :1.50e0 ,"a": [ ] } ';

describe('a value that nobody changes goes out with the bytes it came in with', () => {
  test('through a filter that looks at it, a peek, a new key and a repartition topic', async () => {
    const out = await pipe(
      (builder) =>
        builder
          .stream<string, { n: number }>('in')
          .filter(({ n }, key) => n > 1 && key !== 'x')
          .peek(() => undefined)
          .mapValues((value) => value)
          .repartition({ name: 'again' })
          .to('out'),
      [['in', ' "a"', ODD]],
    );

    expect(out).toEqual([` "a" = ${ODD}`]);
  });

  test('through a table, its store, a filter, lookups of a join and a regrouping', async () => {
    const out = await pipe(
      (builder) => {
        const rows = builder.table<string, { n: number }>('in', { store: 'rows' }).filter(({ n }) => n > 1);
        const joined = rows.leftJoin(builder.table<string, number>('other'), { join: (row) => row });
        joined
          .groupBy((row, key) => [key, row])
          .reduce({ adder: (_old, row) => row, subtractor: (old) => old, name: 'latest' })
          .toStream()
          .to('out');
      },
      [
        ['in', ' "a"', ODD],
        ['other', ' "a"', '7'],
      ],
    );

    expect(out).toEqual([` "a" = ${ODD}`, ` "a" = ${ODD}`]);
  });

  test('through a foreign-key join, on either side', async () => {
    const define = (builder: StreamsBuilder, side: 'order' | 'customer'): void =>
      builder
        .table<string, { c: string }>('orders')
        .join(builder.table<string, { n: number }>('customers'), {
          foreignKey: ({ c }) => c,
          join: (order, customer) => (side === 'order' ? order : customer) as object,
          name: 'joined',
        })
        .toStream()
        .to('out');
    const inputs: [string, string, string][] = [
      ['customers', '"c1"', ODD],
      ['orders', ' "o1" ', '{"c" : "c1"}'],
    ];

    expect(await pipe((builder) => define(builder, 'customer'), inputs)).toEqual([` "o1"  = ${ODD}`]);
    expect(await pipe((builder) => define(builder, 'order'), inputs)).toEqual([' "o1"  = {"c" : "c1"}']);
  });
});

describe('a value that nobody looks at is not read', () => {
  test('on its way through a merge, a table, a repartition topic and a count', async () => {
    const valueSerde = counted();
    await pipe(
      (builder) => {
        const both = builder.stream('a', { valueSerde }).merge(builder.stream('b', { valueSerde }));
        both.repartition({ name: 'again' }).toTable({ name: 'kept', queryable: true }).toStream().to('out');
        both.groupByKey().count({ name: 'counts' });
      },
      [
        ['a', '"k"', ODD],
        ['b', '"k"', ODD],
      ],
    );

    expect(valueSerde).toMatchObject({ reads: 0, writes: 0 });
  });

  test('and is read once however many operators look, and never written', async () => {
    const valueSerde = counted();
    await pipe(
      (builder) => {
        const input = builder.stream('in', { valueSerde, keySerde: string() });
        input
          .filter((value) => value !== null)
          .peek((value) => value)
          .to('out');
        input.mapValues((value) => value).foreach((value) => value);
        const table = input.toTable({ name: 'rows' }).filter((value) => value !== null);
        table.join(table, { join: () => 1 });
      },
      [['in', 'k', ODD]],
    );

    expect(valueSerde).toMatchObject({ reads: 1, writes: 0 });
  });
});
