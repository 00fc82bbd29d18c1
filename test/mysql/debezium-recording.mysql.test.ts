import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import { parseConnectorConfig } from '../../src/mysql/format/debezium/connector-config.ts';
import { DebeziumFormat } from '../../src/mysql/format/debezium/debezium-format.ts';
import { connectTo, startPrivateMySqlServer, type PrivateMySqlServer } from '../support/mysql.ts';
import { createSource, recordsOf, waitUntilCaughtUp } from './support/capture.ts';
import { deviationOf, isLostByDebezium, isWronglyRecorded } from './support/debezium-deviations.ts';
import {
  flatten,
  parseExact,
  readRecording,
  readStatements,
  type RecordedEvent,
} from './support/debezium-recording.ts';

const CONFIG = {
  'topic.prefix': 'lab',
  'provide.transaction.metadata': 'true',
  'include.query': 'true',
  'skipped.operations': 'none',
};

const recording = await readRecording();
const tables = [...new Set(recording.flatMap(({ topic }) => /^lab\.probe\.(.*)$/.exec(topic)?.[1] ?? []))];

let server: PrivateMySqlServer;
let broker: EmbeddedBroker;

beforeAll(async () => {
  server = await startPrivateMySqlServer({ options: ['--binlog-rows-query-log-events=ON'] });
  broker = await EmbeddedBroker.inMemory();
  const connection = await connectTo(server.url);
  const statements = await readStatements();
  for (const statement of statements.tables) await connection.query(statement);
  const names = tables.map((table) => ({ database: 'probe', table }));
  const { options } = parseConnectorConfig(JSON.stringify(CONFIG));
  const format = new DebeziumFormat(options, () => Date.now());
  const source = createSource({ broker, url: server.url, tables: names, topicPrefix: 'lab', format });
  await source.start();
  await waitUntilCaughtUp(source, broker, { url: server.url, prefix: 'lab' });
  for (const statement of statements.others) await connection.query(statement);
  await waitUntilCaughtUp(source, broker, { url: server.url, prefix: 'lab' });
  await source.stop();
  await connection.end();
});

afterAll(async () => {
  await broker.close();
  await server[Symbol.asyncDispose]();
});

describe.each(tables)('%s', (table) => {
  test('has the events that Debezium recorded, but for its known errors', async () => {
    const topic = `lab.probe.${table}`;
    const recorded = recording.filter((event) => event.topic === topic && !isWronglyRecorded(event));
    const written = (await recordsOf(broker, topic))
      .map(({ key, value }) => ({ topic, key: parseExact(key ?? 'null'), value: parseExact(value ?? 'null') }))
      .filter((event) => !isLostByDebezium(event));

    expect(written.length).toBe(recorded.length);
    expect(differences(recorded, written)).toEqual([]);
  });
});

/** Debezium writes XA transactions when they are prepared, and loses partial updates of JSON. */
const isCompared = (table: string) => tables.includes(table) && table !== 't_xa' && table !== 't_pj';

test('transactions end with the counts that Debezium recorded', async () => {
  const topic = 'lab.transaction';
  const ends = (events: readonly { value: unknown }[]) =>
    events.flatMap(({ value }) => {
      const { payload } = value as { payload: TransactionEnd };
      const isMeant = payload.data_collections?.some((of) => isCompared(of.data_collection.slice('probe.'.length)));
      return isMeant === true ? [[payload.event_count, payload.data_collections]] : [];
    });
  const written = (await recordsOf(broker, topic)).map(({ value }) => ({ value: parseExact(value ?? 'null') }));

  expect(ends(written)).toEqual(ends(recording.filter((event) => event.topic === topic)));
});

interface TransactionEnd {
  readonly event_count: number | null;
  readonly data_collections: readonly { readonly data_collection: string; readonly event_count: number }[] | null;
}

/** What differs, each with its path, the recorded value and the written one. */
function differences(recorded: readonly RecordedEvent[], written: readonly RecordedEvent[]): unknown[] {
  return recorded.flatMap((event, index) => {
    const expected = flatten(event);
    const found = flatten(written[index]);
    const paths = [...new Set([...expected.keys(), ...found.keys()])];
    return paths.flatMap((path) => {
      const pair = { recorded: expected.get(path), written: found.get(path) };
      if (pair.recorded === pair.written || deviationOf(event, path, pair) !== undefined) return [];
      return [{ path, index, ...pair }];
    });
  });
}
