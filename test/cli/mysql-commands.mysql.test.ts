import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { connectTo, createTestDatabase, startPrivateMySqlServer } from '../support/mysql.ts';
import { createDataDirectory, fixture, MillraceProcess, runMillrace } from './millrace-process.ts';

const shop = `
  CREATE TABLE orders (
    id BIGINT PRIMARY KEY, customer_id INT NOT NULL, status ENUM('new','paid') NOT NULL, amount DECIMAL(10,2), note TEXT
  );
  CREATE TABLE order_items (order_id BIGINT, line INT, product VARCHAR(40) NOT NULL, PRIMARY KEY (order_id, line));
  CREATE TABLE secrets (id INT PRIMARY KEY)`;

describe('mysql pull', () => {
  test('writes descriptors of the tables named, as the fixture has them that the topologies here are compiled with', async () => {
    await using database = await createTestDatabase();
    await using directory = await createDataDirectory();
    await database.connection.query(shop);
    const out = join(directory.path, 'shop.tables.ts');

    const args = [
      'mysql',
      'pull',
      database.name,
      '--mysql',
      database.url,
      '--out',
      out,
      '--tables',
      'orders, order_items',
    ];
    const result = await runMillrace([...args, '--topic-prefix', 'mysql', '--bigint', 'string']);

    expect({ ...result, stderr: '' }).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(result.stderr).toContain(`INFO: wrote table descriptors database=${database.name} file=${out}`);
    const expected = await readFile(join(import.meta.dirname, 'topologies', 'shop.tables.ts'), 'utf8');
    expect((await readFile(out, 'utf8')).replaceAll(database.name, 'shop')).toBe(expected);
  });

  test('prints the descriptors of all tables where no file is named', async () => {
    await using database = await createTestDatabase();
    await database.connection.query(shop);

    const { exitCode, stdout } = await runMillrace(['mysql', 'pull', database.name, '--mysql', database.url]);

    expect(exitCode).toBe(0);
    expect(stdout.match(/^export const \w+/gm)).toEqual([
      'export const orderItems',
      'export const orders',
      'export const secrets',
    ]);
  });

  test('an unknown database, a wrong password and a file that cannot be written are one line each', async () => {
    await using database = await createTestDatabase();
    const wrong = new URL(database.url);
    wrong.password = 'geheim';

    const [unknown, denied, unwritable] = await Promise.all([
      runMillrace(['mysql', 'pull', 'nowhere', '--mysql', database.url]),
      runMillrace(['mysql', 'pull', database.name, '--mysql', wrong.href]),
      runMillrace(['mysql', 'pull', database.name, '--mysql', database.url, '--out', '/nowhere/shop.tables.ts']),
    ]);

    expect([unknown.exitCode, denied.exitCode, unwritable.exitCode]).toEqual([1, 1, 2]);
    expect(unknown.stderr).toMatch(/^error MYSQL_DATABASE_NOT_FOUND: .*"nowhere".* — .*\n$/);
    expect(denied.stderr).toMatch(/^error MYSQL_ACCESS_DENIED: .* — .*\n$/);
    expect(denied.stderr).not.toContain('geheim');
    expect(unwritable.stderr).toMatch(/^error CLI_FILE_UNWRITABLE: .*ENOENT.* — .*\n$/);
  });
});

describe('mysql doctor', () => {
  test('finds nothing that blocks on a server as it should be', async () => {
    await using database = await createTestDatabase();
    await database.connection.query(shop);

    const { exitCode, stdout, stderr } = await runMillrace(['mysql', 'doctor', '--mysql', database.url]);

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('This server can be captured.');
    expect(stdout).not.toMatch(/^error/m);
  });

  test('prints the statements that mend a server, and after those finds nothing', async () => {
    const options = [
      '--binlog-row-metadata=MINIMAL',
      '--binlog-row-image=MINIMAL',
      '--gtid-mode=OFF',
      '--enforce-gtid-consistency=OFF',
    ];
    await using server = await startPrivateMySqlServer({ options });

    const before = await runMillrace(['mysql', 'doctor', '--mysql', server.url]);
    expect(before.exitCode).toBe(1);
    expect(before.stdout).toContain('    SET PERSIST binlog_row_metadata = FULL;\n');
    expect(before.stdout).toContain('    SET PERSIST gtid_mode = ON_PERMISSIVE;\n');

    const connection = await connectTo(server.url);
    for (const [, statement] of before.stdout.matchAll(/^ {4}(.*);$/gm)) await connection.query(statement as string);
    await connection.end();

    const after = await runMillrace(['mysql', 'doctor', '--mysql', server.url, '--log-format', 'json']);
    expect(after.exitCode).toBe(0);
    const findings = after.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { status: string });
    expect(findings.length).toBeGreaterThan(5);
    expect(findings.filter(({ status }) => status === 'error')).toEqual([]);
  });
});

describe('run', () => {
  test('captures, and tells what it does as lines of JSON', async () => {
    await using server = await startPrivateMySqlServer();
    await using directory = await createDataDirectory();
    const connection = await connectTo(server.url);
    await connection.query(
      `CREATE DATABASE shop; USE shop; ${shop}; INSERT INTO orders VALUES (1, 7, 'paid', 9.5, NULL)`,
    );
    const args = ['run', fixture('mysql-orders'), '--data-dir', directory.path, '--mysql', server.url];
    await using running = new MillraceProcess([...args, '--log-format', 'json']);

    await running.says('order 1: paid\n');
    await connection.query(
      "INSERT INTO orders VALUES (2, 7, 'paid', 1, NULL); UPDATE orders SET status = 'new' WHERE id = 1",
    );
    await running.says('order 2: paid\n');
    await running.says('order 1: not paid\n');
    await running.says('"msg":"snapshot done"');
    await running.says('"to":"streaming"');
    running.signal('SIGINT');
    const { exitCode, stderr } = await running.finished;
    await connection.end();

    expect(exitCode).toBe(0);
    const lines = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toContainEqual(expect.objectContaining({ msg: 'snapshot done', table: 'shop.orders', rows: 1 }));
    expect(lines).toContainEqual(expect.objectContaining({ msg: 'MySQL source stopped', rows: 3 }));
  });

  test('a server without a binlog is refused with the remedy, and everything is stopped again', async () => {
    await using server = await startPrivateMySqlServer({ options: ['--skip-log-bin'] });
    await using directory = await createDataDirectory();
    const connection = await connectTo(server.url);
    await connection.query('CREATE DATABASE shop; CREATE TABLE shop.orders (id BIGINT PRIMARY KEY)');
    await connection.end();

    const { exitCode, stderr } = await runMillrace([
      'run',
      fixture('mysql-orders'),
      '--data-dir',
      directory.path,
      '--mysql',
      server.url,
    ]);

    expect(exitCode).toBe(1);
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(/^error MYSQL_SETTING_UNSUPPORTED: .*log_bin.* — .*/);
  });

  test('a user without the grants is told the statement that gives them', async () => {
    await using server = await startPrivateMySqlServer();
    await using directory = await createDataDirectory();
    const connection = await connectTo(server.url);
    await connection.query(
      "CREATE DATABASE shop; CREATE TABLE shop.orders (id BIGINT PRIMARY KEY); CREATE USER reader IDENTIFIED BY 'geheim'; GRANT SELECT ON shop.* TO reader",
    );
    await connection.end();
    const url = `mysql://reader:geheim@${server.host}:${server.port}`;

    const { exitCode, stderr } = await runMillrace([
      'run',
      fixture('mysql-orders'),
      '--data-dir',
      directory.path,
      '--mysql',
      url,
    ]);

    expect(exitCode).toBe(1);
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
      /^error MYSQL_GRANT_MISSING: .*GRANT REPLICATION SLAVE ON \*\.\* TO 'reader'@'%'.* — /,
    );
    expect(stderr).not.toContain('geheim');
  });
});
