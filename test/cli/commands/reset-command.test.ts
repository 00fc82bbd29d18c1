import { expect, test } from 'vitest';
import type { EmbeddedBroker } from '../../../src/broker/embedded/embedded-broker.ts';
import { createDataDirectory, fixture, runMillrace } from '../millrace-process.ts';

const changelog = 'counts-word-counts-changelog';
const position = { topic: 'words', partition: 0 };

/** What an application "counts" leaves that has read three words. */
async function leaveCounts(broker: EmbeddedBroker): Promise<void> {
  const topics = ['words', 'counted-words', changelog].map((name) => ({ name, partitions: 1 }));
  await broker.admin.createTopics(topics);
  await broker.admin.commitOffsets('counts', [{ ...position, offset: 3 }]);
  await broker.close();
}

async function whatIsLeft(broker: EmbeddedBroker): Promise<{ topics: readonly string[]; offsets: number }> {
  const topics = (await broker.admin.listTopics()).filter((name) => !name.startsWith('__'));
  const offsets = await broker.admin.committedOffsets('counts', [position]);
  await broker.close();
  return { topics: topics.toSorted(), offsets: offsets.length };
}

test.concurrent('deletes offsets and internal topics, and leaves inputs and outputs', async () => {
  await using directory = await createDataDirectory();
  await leaveCounts(await directory.openBroker());

  const { exitCode, stderr } = await runMillrace(['reset', fixture('counts'), '--data-dir', directory.path, '--yes']);

  expect({ exitCode, stderr: stderr.slice(stderr.indexOf('INFO')) }).toEqual({
    exitCode: 0,
    stderr: `INFO: counts: reset topicsDeleted=${changelog}\n`,
  });
  expect(await whatIsLeft(await directory.openBroker())).toEqual({ topics: ['counted-words', 'words'], offsets: 0 });
});

test.concurrent('deletes the topics too that it writes to, if told', async () => {
  await using directory = await createDataDirectory();
  await leaveCounts(await directory.openBroker());

  const args = ['reset', fixture('counts'), '--data-dir', directory.path, '--yes', '--output-topics'];
  const { exitCode } = await runMillrace(args);

  expect(exitCode).toBe(0);
  expect(await whatIsLeft(await directory.openBroker())).toEqual({ topics: ['words'], offsets: 0 });
});

test.concurrent('deletes what was captured from MySQL, if told', async () => {
  await using directory = await createDataDirectory();
  const broker = await directory.openBroker();
  const topics = ['mysql.shop.orders', 'mysql.__offsets', 'mysql.shop.customers'];
  await broker.admin.createTopics(topics.map((name) => ({ name, partitions: 1 })));
  await broker.close();

  const args = ['reset', fixture('mysql-orders'), '--data-dir', directory.path, '--yes', '--source'];
  const { exitCode } = await runMillrace(args);

  expect(exitCode).toBe(0);
  expect((await whatIsLeft(await directory.openBroker())).topics).toEqual(['mysql.shop.customers']);
});

test.concurrent('without a terminal and --yes it deletes nothing', async () => {
  await using directory = await createDataDirectory();
  await leaveCounts(await directory.openBroker());

  const { exitCode, stderr } = await runMillrace(['reset', fixture('counts'), '--data-dir', directory.path]);

  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^error CLI_CONFIRMATION_MISSING: .* — Run it with --yes, .*\n$/);
  expect(await whatIsLeft(await directory.openBroker())).toEqual({
    topics: ['counted-words', changelog, 'words'],
    offsets: 1,
  });
});

test.concurrent('while the data directory is in use it deletes nothing', async () => {
  await using directory = await createDataDirectory();
  await leaveCounts(await directory.openBroker());
  const broker = await directory.openBroker();

  const { exitCode, stderr } = await runMillrace(['reset', fixture('counts'), '--data-dir', directory.path, '--yes']);

  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^error BROKER_LOCKED: .*\n$/);
  expect((await whatIsLeft(broker)).offsets).toBe(1);
});

test.concurrent('an empty data directory has nothing to reset, and stays empty', async () => {
  await using directory = await createDataDirectory();

  const { exitCode, stderr } = await runMillrace(['reset', fixture('counts'), '--data-dir', directory.path]);

  expect(exitCode).toBe(0);
  expect(stderr).toContain('nothing to reset');
});

test.concurrent('a warning of Node.js is a line of the log', async () => {
  await using directory = await createDataDirectory();

  const args = ['reset', fixture('warns'), '--data-dir', directory.path, '--log-format', 'json'];
  const { stderr } = await runMillrace(args);

  const lines = stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  expect(lines).toContainEqual(
    expect.objectContaining({ level: 'warn', msg: 'the topology is old', warning: 'Warning' }),
  );
});
