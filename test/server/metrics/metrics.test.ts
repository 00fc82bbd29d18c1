import { expect, test } from 'vitest';
import { EmbeddedBroker } from '../../../src/broker/embedded/embedded-broker.ts';
import { MillraceError } from '../../../src/core/millrace-error.ts';
import type { ServedSource } from '../../../src/server/served-source.ts';
import { StreamsBuilder } from '../../../src/dsl/streams-builder.ts';
import { applicationOf, drained, produce, temporaryDirectory } from '../../runtime/application-fixtures.ts';
import { ask, openApi } from '../queries/query-fixtures.ts';
import { valuesOf } from './metrics-scrape.ts';

function failingOnBad() {
  const builder = new StreamsBuilder();
  const words = builder.stream<string, string>('words').mapValues((value) => {
    if (value === 'bad') throw new RangeError('not this one');
    return value;
  });
  words.groupByKey().count({ name: 'totals' }).toStream().to('out');
  return builder.build('counting');
}

const source: ServedSource = {
  status: () => ({
    state: 'snapshotting',
    lagMs: 1500,
    rowsEmitted: 12,
    reconnects: 2,
    tables: [{ table: 'shop.orders', inserted: 3, updated: 4, deleted: 5 }],
    snapshot: [{ table: 'shop.orders', rows: 50, estimatedRows: 200, percent: 25, etaMs: 3000 }],
  }),
  health: () => Promise.resolve({ isReachable: true, lagBytes: 4096, hoursUntilPurged: 6.5 }),
};

test('tells what was processed, dropped and kept, how far behind it is, and of the MySQL source', async () => {
  await using directory = await temporaryDirectory();
  const broker = await EmbeddedBroker.inMemory();
  await broker.admin.createTopics(['words', 'out'].map((name) => ({ name, partitions: 1 })));
  const words = ['a', 'b', 'a', 'bad', 'a'].map((value, timestamp) => ({ key: value, value, timestamp }));
  await produce(broker, 'words', words);
  const topology = failingOnBad();
  const config = { stateDirectory: directory.path, processingErrors: 'deadLetter' } as const;
  const application = applicationOf({ topology, broker, config });
  const api = await openApi({}, source);
  api.add({ topology, application });
  const before = valuesOf((await ask(api, '/metrics')).body as string);
  await application.start();
  await drained(application);
  const answer = await ask(api, '/metrics');
  const values = valuesOf(answer.body as string);
  await application.close();
  await api.close();
  await broker.close();

  expect(before.get('millrace_application_state{application="counting",state="CREATED"}')).toBe(1);
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const task = 'application="counting",sub_topology="0",task="0_0"';
  const expected = {
    'millrace_application_state{application="counting",state="RUNNING"}': 1,
    'millrace_application_records_processed_total{application="counting"}': 5,
    'millrace_application_records_dropped_total{application="counting",reason="processing error"}': 1,
    'millrace_application_dead_letters_total{application="counting"}': 1,
    'millrace_application_rebalances_total{application="counting"}': 1,
    'millrace_application_failed_threads_total{application="counting"}': 0,
    'millrace_thread_state{application="counting",thread="0",state="RUNNING"}': 1,
    [`millrace_task_records_processed_total{${task}}`]: 5,
    [`millrace_task_records_emitted_total{${task}}`]: 4,
    [`millrace_task_dead_letters_total{${task}}`]: 1,
    [`millrace_task_lag_records{${task},topic="words",partition="0"}`]: 0,
    [`millrace_store_gets_total{${task},store="totals"}`]: 4,
    'millrace_mysql_source_state{state="snapshotting"}': 1,
    millrace_mysql_source_lag_seconds: 1.5,
    millrace_mysql_source_lag_bytes: 4096,
    millrace_mysql_source_purge_hours: 6.5,
    millrace_mysql_source_reachable: 1,
    millrace_mysql_source_reconnects_total: 2,
    'millrace_mysql_rows_total{table="shop.orders",op="update"}': 4,
    'millrace_mysql_snapshot_ratio{table="shop.orders"}': 0.25,
    'millrace_mysql_snapshot_eta_seconds{table="shop.orders"}': 3,
  };
  expect(Object.fromEntries([...values].filter(([name]) => name in expected))).toEqual(expected);
  expect(values.get(`millrace_task_batches_total{${task}}`)).toBeGreaterThan(0);
  expect(values.get('millrace_thread_commit_seconds_count{application="counting",thread="0"}')).toBeGreaterThan(0);
  expect(values.get(`millrace_task_record_lateness_seconds_count{${task}}`)).toBeGreaterThan(0);
  expect(values.get('process_resident_memory_bytes')).toBeGreaterThan(0);
  expect(answer.body).not.toContain('bad');
});

test('a source that cannot be asked is told as unreachable, and all else stands', async () => {
  const failing = { ...source, health: () => Promise.reject(new MillraceError('MYSQL_ACCESS_DENIED', 'Expected')) };
  const api = await openApi({}, failing);
  const values = valuesOf((await ask(api, '/metrics')).body as string);
  await api.close();

  expect(values.get('millrace_mysql_source_reachable')).toBe(0);
  expect(values.has('millrace_mysql_source_lag_bytes')).toBe(false);
  expect(values.get('millrace_mysql_source_records_total')).toBe(12);
});
