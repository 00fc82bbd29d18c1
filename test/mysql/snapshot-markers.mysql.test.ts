import { expect, test } from 'vitest';
import { parseConnectorConfig } from '../../src/mysql/format/debezium/connector-config.ts';
import { DebeziumFormat } from '../../src/mysql/format/debezium/debezium-format.ts';
import type { MySqlSourceOptions } from '../../src/mysql/source/mysql-source.ts';
import { sendSignal } from '../../src/mysql/source/signal-topic.ts';
import { recordsOf } from './support/capture.ts';
import { useCaptureFixture } from './support/capture-fixture.ts';

const fixture = useCaptureFixture();
const { capture, caughtUp, sql, topic } = fixture;

/** A source that writes Debezium's events, and has caught up. */
function captureEvents(tables: string[], options: Partial<MySqlSourceOptions> = {}) {
  const plain = { 'key.converter.schemas.enable': 'false', 'value.converter.schemas.enable': 'false' };
  const config = parseConnectorConfig(JSON.stringify({ 'topic.prefix': 'my', ...plain }));
  return capture(tables, { format: new DebeziumFormat(config.options, () => 1), ...options });
}

/** The keys of events and their markers, in order. */
async function markersOf(table: string) {
  return (await recordsOf(fixture.broker, topic(table))).map(({ key, value }) => {
    const { source } = JSON.parse(value ?? '') as { source: { snapshot: string } };
    return [(JSON.parse(key ?? '{}') as { id?: number }).id, source.snapshot];
  });
}

const FIRST = [
  [1, 'first'],
  [2, 'true'],
  [3, 'true'],
  [4, 'true'],
  [5, 'last_in_data_collection'],
];
const SECOND = [
  [1, 'first_in_data_collection'],
  [2, 'true'],
  [3, 'last'],
];

async function fill(first: string, second: string) {
  await sql(`CREATE TABLE ${first} (id INT PRIMARY KEY); INSERT INTO ${first} VALUES (1), (2), (3), (4), (5)`);
  await sql(`CREATE TABLE ${second} (id INT PRIMARY KEY); INSERT INTO ${second} VALUES (1), (2), (3)`);
}

test('rows read in chunks of any size are marked as Debezium marks them', async () => {
  await fill('chunk_a', 'chunk_b');
  // Chunks of two rows end with one of a single row, or with the last row.
  const source = await captureEvents(['chunk_a', 'chunk_b'], { snapshotChunkRows: 2 });
  await sql('INSERT INTO chunk_b VALUES (4)');
  await caughtUp(source);
  await source.stop();

  expect(await markersOf('chunk_a')).toEqual(FIRST);
  expect(await markersOf('chunk_b')).toEqual([...SECOND, [4, 'false']]);
});

test('rows read at one point are marked likewise', async () => {
  await fill('point_a', 'point_b');
  const source = await captureEvents(['point_a', 'point_b'], { snapshotLocking: 'tables' });
  await source.stop();

  expect(await markersOf('point_a')).toEqual(FIRST);
  expect(await markersOf('point_b')).toEqual(SECOND);
});

test('the only row of a snapshot is its last', async () => {
  await sql('CREATE TABLE only_row (id INT PRIMARY KEY); INSERT INTO only_row VALUES (1)');
  const source = await captureEvents(['only_row']);
  await source.stop();

  expect(await markersOf('only_row')).toEqual([[1, 'last']]);
});

test('rows that a signal asked for are marked incremental', async () => {
  await sql('CREATE TABLE asked (id INT PRIMARY KEY); INSERT INTO asked VALUES (1), (2)');
  const source = await captureEvents(['asked']);
  const data = { 'data-collections': [`${fixture.database.name}.asked`] };
  await sendSignal(fixture.broker, 'my', JSON.stringify({ id: 'asked', type: 'execute-snapshot', data }));
  while ((await markersOf('asked')).length < 4) {
    await Promise.race([new Promise((resolve) => setTimeout(resolve, 5)), source.finished]);
  }
  await source.stop();

  expect((await markersOf('asked')).slice(2)).toEqual([
    [1, 'incremental'],
    [2, 'incremental'],
  ]);
});
