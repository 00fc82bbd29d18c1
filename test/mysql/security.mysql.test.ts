import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import type { Logger } from '../../src/core/logger.ts';
import { createTestDatabase } from '../support/mysql.ts';
import { createSource, latestOf, waitUntilCaughtUp } from './support/capture.ts';

const GRANTS = ['REPLICATION SLAVE', 'REPLICATION CLIENT'];

/** Everything that is logged, whole. */
function recordingLogger(lines: string[]): Logger {
  const log = (message: string, fields?: object) => void lines.push(message, inspect(fields, { depth: 8 }));
  const logger: Logger = { debug: log, info: log, warn: log, error: log, child: () => logger };
  return logger;
}

test('a user with the documented grants only, who must show a certificate, captures over TLS', async () => {
  await using database = await createTestDatabase();
  const broker = await EmbeddedBroker.inMemory();
  const [[{ directory }]] = (await database.connection.query('SELECT @@datadir directory')) as unknown as [
    [{ directory: string }],
  ];
  await database.connection.query('CREATE TABLE kept (id INT PRIMARY KEY); INSERT INTO kept VALUES (1)');
  const user = `little_${database.name.slice(-8)}`;
  await database.connection.query(
    `CREATE USER ${user} IDENTIFIED BY 'pass word' REQUIRE X509; GRANT ${GRANTS.join(', ')} ON *.* TO ${user}; ` +
      `GRANT SELECT ON ${database.name}.* TO ${user}`,
  );
  const url = (tls: string) =>
    `mysql://${user}:pass%20word@127.0.0.1:${new URL(database.url).port}?tls=${tls}&tls_ca=${directory}ca.pem` +
    `&tls_cert=${directory}client-cert.pem&tls_key=${directory}client-key.pem`;
  const tables = [{ database: database.name, table: 'kept' }];
  try {
    const source = createSource({ broker, url: url('verify_ca'), tables });
    await source.start();
    await database.connection.query('INSERT INTO kept VALUES (2)');
    await waitUntilCaughtUp(source, broker, { url: database.url });
    const health = await source.health();
    await source.stop();

    expect([...(await latestOf(broker, `my.${database.name}.kept`)).keys()]).toEqual(['1', '2']);
    expect(health).toMatchObject({ isReachable: true, lagBytes: expect.any(Number) as number });
    // The server's certificate is for no host.
    await expect(createSource({ broker, url: url('verify_identity'), tables }).start()).rejects.toThrow();
  } finally {
    await database.connection.query(`DROP USER ${user}`);
    await broker.close();
  }
});

test('no value of a row and no password is in any log line or error of a run that fails', async () => {
  await using database = await createTestDatabase();
  const broker = await EmbeddedBroker.inMemory();
  const lines: string[] = [];
  const logger = recordingLogger(lines);
  const tables = [{ database: database.name, table: 'planted' }];
  await database.connection.query(
    "CREATE TABLE planted (id VARCHAR(40) PRIMARY KEY, note TEXT, n BIGINT); INSERT INTO planted VALUES ('planted-key-1', 'planted-note', 1)",
  );
  const options = { broker, tables, logger, bigint: 'error' } as const;
  const source = createSource({ ...options, url: database.url });
  await source.start();
  await waitUntilCaughtUp(source, broker, { url: database.url });
  await database.connection.query("INSERT INTO planted VALUES ('planted-key-2', 'planted-note', 9007199254740995)");
  lines.push(inspect(await source.finished.catch((error: unknown) => error), { depth: 8 }));
  const denied = database.url.replace('root@', 'root:planted-password@');
  lines.push(
    inspect(
      await createSource({ ...options, url: denied })
        .start()
        .catch((error: unknown) => error),
      { depth: 8 },
    ),
  );
  await broker.close();

  expect(lines.join('\n')).toContain('MYSQL_BIGINT_UNSAFE');
  expect(lines.join('\n')).toContain('MYSQL_ACCESS_DENIED');
  expect(lines.join('\n')).not.toMatch(/planted-(key|note|password)|9007199254740995/);
});
