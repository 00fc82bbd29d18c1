import { expect, test } from 'vitest';
import { examineServer, formatReport } from '../../../src/mysql/doctor/examine-server.ts';
import { createTestDatabase } from '../../support/mysql.ts';

test('a good server is well, and tables that cannot be captured are named', async () => {
  await using database = await createTestDatabase();
  await database.connection.query(
    'CREATE TABLE fine (id INT PRIMARY KEY); CREATE TABLE keyless (a INT); CREATE TABLE shapes (id INT PRIMARY KEY, p POINT)',
  );

  const report = await examineServer({ url: database.url });
  const text = formatReport(report);

  expect(report.isHealthy).toBe(true);
  expect(report.results.filter((result) => result.status === 'warning').map((result) => result.name)).toEqual([
    `${database.name}.keyless`,
  ]);
  expect(text).toContain('ok      binlog_row_metadata: FULL');
  expect(text).toContain('This server can be captured.');
});
