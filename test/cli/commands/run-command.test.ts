import { expect, test } from 'vitest';
import type { EmbeddedBroker } from '../../../src/broker/embedded/embedded-broker.ts';
import { NO_HEADERS } from '../../../src/core/headers.ts';
import { readTopic } from '../../support/topics.ts';
import { createDataDirectory, fixture, MillraceProcess, runMillrace } from '../millrace-process.ts';

async function produceLines(broker: EmbeddedBroker, lines: readonly string[]): Promise<void> {
  await broker.admin.createTopics([{ name: 'lines', partitions: 1 }]);
  const producer = await broker.openProducer();
  const records = lines.map((line) => ({ key: null, value: Buffer.from(line), timestamp: 0, headers: NO_HEADERS }));
  await producer.send([{ topic: 'lines', partition: 0, records }]);
  await producer.close();
  await broker.close();
}

test.concurrent('runs on the embedded broker without MySQL until SIGINT, and ends with 0 and all committed', async () => {
  await using directory = await createDataDirectory();
  await produceLines(await directory.openBroker(), ['eins', 'zwei']);

  await using running = new MillraceProcess(['run', fixture('upper-case'), '--data-dir', directory.path]);
  await running.says('ZWEI\n');
  await running.says('running; Ctrl-C stops');
  running.signal('SIGINT');
  const { exitCode, stderr } = await running.finished;

  expect({ exitCode, stderr: stderr.match(/error /)?.[0] }).toEqual({ exitCode: 0, stderr: undefined });
  expect(stderr).toMatch(/INFO: upper-case: changed state from=CREATED to=REBALANCING\n/);
  expect(stderr).toMatch(/INFO: upper-case: changed state from=PENDING_SHUTDOWN to=NOT_RUNNING\n/);
  expect(stderr).toMatch(
    /INFO: upper-case: stopped seconds=[\d.]+ recordsProcessed=2 recordsEmitted=2 recordsRestored=0 commits=\d+\n/,
  );
  const broker = await directory.openBroker();
  const written = await readTopic(broker, 'shouted-lines');
  await broker.close();
  expect(written.map(({ value }) => String(value)).toSorted()).toEqual(['EINS', 'ZWEI']);
});

test.concurrent('with --log-format json every line is JSON, up to the end by SIGTERM', async () => {
  await using directory = await createDataDirectory();
  await produceLines(await directory.openBroker(), ['eins']);

  const args = ['run', fixture('upper-case'), '--log-format', 'json'];
  await using running = new MillraceProcess(args, { MILLRACE_DATA_DIRECTORY: directory.path });
  await running.says('EINS\n');
  await running.says('running; Ctrl-C stops');
  running.signal('SIGTERM');
  const { exitCode, stderr } = await running.finished;

  expect(exitCode).toBe(0);
  const lines = stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(
    lines.every(({ level, time, msg }) => level === 'info' && typeof time === 'string' && typeof msg === 'string'),
  ).toBe(true);
  expect(lines.at(-1)).toMatchObject({
    msg: 'stopped',
    application: 'upper-case',
    recordsProcessed: 1,
    commits: expect.any(Number),
  });
});

test.concurrent('a second signal ends it at once, with 128 and the number of the signal', async () => {
  await using directory = await createDataDirectory();
  await produceLines(await directory.openBroker(), ['eins']);

  await using running = new MillraceProcess(['run', fixture('upper-case'), '--data-dir', directory.path]);
  await running.says('running; Ctrl-C stops');
  running.signal('SIGINT', 'SIGTERM');

  // How far it had stopped in order by then is a race; that it did not end by itself is not.
  const { exitCode } = await running.finished;
  expect([128 + 2, 128 + 15]).toContain(exitCode);
});

test.concurrent('a record that its serde cannot read ends it with 1 and one line that says which, but not what', async () => {
  await using directory = await createDataDirectory();
  await produceLines(await directory.openBroker(), ['vertraulich']);

  const { exitCode, stdout, stderr } = await runMillrace(['run', fixture('json-lines'), '--data-dir', directory.path]);

  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  const line = stderr.trimEnd().split('\n').at(-1);
  expect(line).toMatch(
    /^error DESERIALIZATION_FAILED: .*topic lines, partition 0, offset 0.* — Give the source the serde/,
  );
  expect(stderr).not.toContain('vertraulich');
});

test.concurrent('no MySQL server at the address is one line with the remedy and without the password', async () => {
  await using directory = await createDataDirectory();
  const url = 'mysql://joe:geheim@127.0.0.1:1/';

  const args = ['run', fixture('mysql-orders'), '--data-dir', directory.path, '--mysql', url];
  const { exitCode, stdout, stderr } = await runMillrace(args);

  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr.trimEnd().split('\n').at(-1)).toBe(
    'error MYSQL_UNREACHABLE: Expected a MySQL server at 127.0.0.1:1, got ECONNREFUSED (server joe@127.0.0.1:1) — ' +
      'Check host, port, network and that the server runs. A source that has started connects again by itself.',
  );
  expect(stderr).not.toContain('geheim');
});

test.concurrent('not even with --log-level debug the password is shown', async () => {
  await using directory = await createDataDirectory();
  const args = ['run', fixture('mysql-orders'), '--data-dir', directory.path, '--log-level', 'debug'];

  const { exitCode, stderr } = await runMillrace(args, { MILLRACE_MYSQL_URL: 'mysql://joe:geheim@127.0.0.1:1/' });

  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/Caused by: Error: connect ECONNREFUSED/);
  expect(stderr).not.toContain('geheim');
});

test.concurrent('a topology that reads MySQL needs a URL', async () => {
  await using directory = await createDataDirectory();

  const { exitCode, stderr } = await runMillrace(['run', fixture('mysql-orders'), '--data-dir', directory.path]);

  expect(exitCode).toBe(2);
  expect(stderr).toContain('table shop.orders is to be read');
  expect(stderr).toContain('MILLRACE_MYSQL_URL');
});

test.concurrent('a data directory in use is refused with the process that has it', async () => {
  await using directory = await createDataDirectory();
  const broker = await directory.openBroker();

  const { exitCode, stderr } = await runMillrace(['run', fixture('upper-case'), '--data-dir', directory.path]);
  await broker.close();

  expect(exitCode).toBe(1);
  expect(stderr).toMatch(new RegExp(`^error BROKER_LOCKED: .*process ${process.pid} .* — .*--data-dir\\.\n$`));
});
