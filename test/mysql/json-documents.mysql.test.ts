import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import { createTestDatabase } from '../support/mysql.ts';
import { createSource, latestOf, waitUntilCaughtUp } from './support/capture.ts';

const DOCUMENTS = 400;

/** Doubles of every number of digits around the lengths from which MySQL writes an exponent. */
const nearPlainText = fc
  .tuple(fc.bigInt({ min: 1n, max: 10n ** 17n }), fc.integer({ min: 0, max: 16 }), fc.integer({ min: -36, max: 20 }))
  .map(([digits, drop, exponent]) => Number(`${digits / 10n ** BigInt(drop)}e${exponent}`));

test('random JSON documents come from the binlog as the text that the server selects', async () => {
  await using database = await createTestDatabase();
  const broker = await EmbeddedBroker.inMemory();
  await database.connection.query('CREATE TABLE documents (id INT PRIMARY KEY, j JSON, d DOUBLE, f FLOAT)');
  const source = createSource({ broker, url: database.url, tables: [{ database: database.name, table: 'documents' }] });
  await source.start();
  await waitUntilCaughtUp(source, broker, { url: database.url });
  const documents = fc.sample(fc.jsonValue({ maxDepth: 5, noUnicodeString: false }), DOCUMENTS);
  const doubles = fc.sample(fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), nearPlainText), DOCUMENTS);
  for (const [id, document] of documents.entries()) {
    const double = doubles[id] as number;
    const text = JSON.stringify({ document, double, nested: [double, { double }] });
    await database.connection.execute('INSERT INTO documents VALUES (?, ?, ?, ?)', [
      id,
      text,
      double,
      Math.fround(id * 1.1),
    ]);
  }
  await waitUntilCaughtUp(source, broker, { url: database.url });
  await source.stop();

  const [rows] = (await database.connection.query('SELECT id, CAST(j AS CHAR) AS j FROM documents')) as unknown as [
    { id: number; j: string }[],
  ];
  const latest = await latestOf(broker, `my.${database.name}.documents`);

  for (const { id, j } of rows) {
    const value = latest.get(String(id)) as string;
    expect(value.slice(0, value.indexOf(`,"d":`))).toBe(`{"id":${id},"j":${j}`);
    const row = JSON.parse(value) as { d: number; f: number };
    expect(Object.is(row.d, doubles[id])).toBe(true);
    expect(Math.fround(row.f)).toBe(Math.fround(id * 1.1));
  }
  expect(rows).toHaveLength(DOCUMENTS);
  await broker.close();
});
