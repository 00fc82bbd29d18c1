import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { EmbeddedBroker } from '../../../src/broker/embedded/embedded-broker.ts';
import { resetApplication } from '../../../src/runtime/reset-application.ts';
import { levelDbBackend } from '../../../src/store/leveldb/leveldb-backend.ts';
import {
  applicationOf,
  createTopic,
  produce,
  recordsBy,
  runUntilDrained,
  temporaryDirectory,
} from '../application-fixtures.ts';
import { countAndSumTopology } from '../crash/count-and-sum.ts';
import { countByTopology } from '../fixtures.ts';

const CHILD = fileURLToPath(new URL('../crash/crashing-child.ts', import.meta.url));

async function brokerWithInput(): Promise<EmbeddedBroker> {
  const broker = await EmbeddedBroker.inMemory();
  await createTopic(broker, 'input', 2);
  return broker;
}

test('a second process is refused with the pid of the first, and let in when that was killed', async () => {
  await using directory = await temporaryDirectory();
  const prepared = await EmbeddedBroker.open({ directory: `${directory.path}/broker` });
  await createTopic(prepared, 'input', 2);
  await prepared.close();
  const child = spawn(process.execPath, ['--conditions=millrace-source', CHILD, directory.path, 'exactly_once'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const given = { topology: countAndSumTopology(), config: { stateDirectory: `${directory.path}/state` } };
  const other = await brokerWithInput();

  await expect(applicationOf({ ...given, broker: other }).start()).rejects.toMatchObject({
    code: 'STATE_DIRECTORY_LOCKED',
    message: expect.stringContaining(`process ${child.pid}`) as string,
    context: { directory: `${directory.path}/state/count-and-sum`, pid: child.pid },
  });
  // It has not got as far as making topics.
  expect(await other.admin.listTopics()).toEqual(['input']);

  child.kill('SIGKILL');
  await once(child, 'close');
  const broker = await EmbeddedBroker.open({ directory: `${directory.path}/broker` });
  await runUntilDrained(applicationOf({ ...given, broker }));
  await broker.close();
  await other.close();
}, 180_000);

test('of two applications with one directory the second is refused, until the first is closed', async () => {
  await using directory = await temporaryDirectory();
  const broker = await brokerWithInput();
  const given = { topology: countByTopology(), broker, config: { stateDirectory: directory.path } };
  const first = applicationOf(given);
  await first.start();
  const rebalances = first.metrics().rebalances;

  await expect(applicationOf(given).start()).rejects.toMatchObject({ code: 'STATE_DIRECTORY_LOCKED' });
  const otherId = applicationOf({ ...given, config: { ...given.config, applicationId: 'another' } });
  await otherId.start();
  await otherId.close();
  expect(first.state).toBe('RUNNING');
  expect(first.metrics().rebalances).toBe(rebalances);

  await first.close();
  await runUntilDrained(applicationOf(given));
  expect(await readdir(join(directory.path, 'count-by'))).not.toContain('lock');
  await broker.close();
});

test('an application that does not start leaves its directory free', async () => {
  await using directory = await temporaryDirectory();
  const broker = await EmbeddedBroker.inMemory();
  const given = { topology: countByTopology(), broker, config: { stateDirectory: directory.path } };

  await expect(applicationOf(given).start()).rejects.toMatchObject({ code: 'RUNTIME_SOURCE_TOPIC_MISSING' });
  await createTopic(broker, 'input', 2);

  await runUntilDrained(applicationOf(given));
  await broker.close();
});

test('a lock that a crash of the machine cut short is taken over', async () => {
  await using directory = await temporaryDirectory();
  const broker = await brokerWithInput();
  await mkdir(join(directory.path, 'count-by'));
  await writeFile(join(directory.path, 'count-by', 'lock'), '');

  await runUntilDrained(
    applicationOf({ topology: countByTopology(), broker, config: { stateDirectory: directory.path } }),
  );
  await broker.close();
});

test('a directory that cannot be made is STORE_STORAGE', async () => {
  await using directory = await temporaryDirectory();
  const broker = await brokerWithInput();
  const stateDirectory = join(directory.path, 'file');
  await writeFile(stateDirectory, '');

  const application = applicationOf({ topology: countByTopology(), broker, config: { stateDirectory } });

  await expect(application.start()).rejects.toMatchObject({ code: 'STORE_STORAGE' });
  await broker.close();
});

test('local state is not reset while an application runs with it, and is gone afterwards', async () => {
  await using directory = await temporaryDirectory();
  const broker = await brokerWithInput();
  await produce(broker, 'input', recordsBy(10, 2));
  const topology = countByTopology();
  const application = applicationOf({ topology, broker, config: { stateDirectory: directory.path } });
  await application.start();
  const reset = () =>
    resetApplication({ topology, broker, storeBackend: levelDbBackend(), stateDirectory: directory.path });

  await expect(reset()).rejects.toMatchObject({ code: 'STATE_DIRECTORY_LOCKED' });
  await application.close();
  await reset();

  expect(await readdir(directory.path)).toEqual([]);
  await broker.close();
});
