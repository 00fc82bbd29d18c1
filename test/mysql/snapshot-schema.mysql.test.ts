import { expect, test } from 'vitest';
import { useCaptureFixture } from './support/capture-fixture.ts';
import { createSource, latestOf } from './support/capture.ts';

const fixture = useCaptureFixture();
const { sql, topic } = fixture;

const ROWS = 4000;

test('columns are added, dropped, renamed and retyped while a table is read, and rows come as they were when they were read', async () => {
  await sql('CREATE TABLE changing (id INT PRIMARY KEY, n INT, dropped INT, renamed VARCHAR(10))');
  await sql(`INSERT INTO changing VALUES ${Array.from({ length: ROWS }, (_, id) => `(${id}, 0, 1, 'x')`).join(',')}`);
  const { broker, database } = fixture;
  const source = createSource({
    broker,
    url: database.url,
    tables: [{ database: database.name, table: 'changing' }],
    snapshotChunkRows: 40,
  });
  await source.start();
  const rowsAtChanges: number[] = [];
  for (const change of [
    'ADD COLUMN added INT DEFAULT 7 FIRST',
    'DROP COLUMN dropped',
    'RENAME COLUMN renamed TO other',
    'MODIFY COLUMN n BIGINT',
  ]) {
    const rows = source.status().rowsEmitted;
    rowsAtChanges.push(rows);
    await sql(`ALTER TABLE changing ${change}`);
    while (source.status().rowsEmitted < Math.min(ROWS, rows + 200)) {
      await Promise.race([new Promise((resolve) => setTimeout(resolve, 1)), source.finished]);
    }
  }
  await sql('UPDATE changing SET n = n + 1 WHERE id % 2 = 0');
  await fixture.caughtUp(source);
  await source.stop();

  const latest = await latestOf(broker, topic('changing'));
  expect(latest.size).toBe(ROWS);
  expect(rowsAtChanges[1]).toBeLessThan(ROWS);
  for (const [key, value] of latest) {
    if (Number(key) % 2 === 0) expect(value).toBe(`{"added":7,"id":${key},"n":1,"other":"x"}`);
  }
  const last = latest.get(String(ROWS - 1));
  expect(last).toBe(`{"added":7,"id":${ROWS - 1},"n":0,"other":"x"}`);
});
