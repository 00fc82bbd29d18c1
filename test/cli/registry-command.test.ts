import { expect, test } from 'vitest';
import { HttpSchemaRegistry } from '../../src/registry/http-schema-registry.ts';
import { createDataDirectory, fixture, MillraceProcess, runMillrace } from './millrace-process.ts';

const URL_IN_LOG = /serves the schema registry url=(\S+)/;

async function urlOf(running: MillraceProcess): Promise<string> {
  await running.says('serves the schema registry');
  await running.says('running; Ctrl-C stops');
  return URL_IN_LOG.exec(running.stderr)?.[1] ?? '';
}

function clientOf(url: string, bearerToken: string): HttpSchemaRegistry {
  return new HttpSchemaRegistry({
    urls: [url],
    auth: { bearerToken },
    timeoutMs: 10_000,
    retries: 0,
    pause: () => Promise.resolve(),
  });
}

test.concurrent('serves what was registered after a restart too', async () => {
  await using directory = await createDataDirectory();
  const args = [
    'registry',
    '--data-dir',
    directory.path,
    '--schema-registry-port',
    '0',
    '--schema-registry-token',
    't',
  ];
  const schema = { type: 'AVRO', schema: '"string"', references: [] } as const;
  {
    await using running = new MillraceProcess(args);
    expect(await clientOf(await urlOf(running), 't').register('a', schema)).toBe(1);
    running.signal('SIGTERM');
    expect((await running.finished).exitCode).toBe(0);
  }
  await using running = new MillraceProcess(args);
  expect(await clientOf(await urlOf(running), 't').latest('a')).toMatchObject({ id: 1, version: 1 });
});

test.concurrent('is served by run where a topology has schemas', async () => {
  await using directory = await createDataDirectory();
  const broker = await directory.openBroker();
  await broker.admin.createTopics([{ name: 'words', partitions: 1 }]);
  await broker.close();
  const args = ['run', fixture('avro-words'), '--data-dir', directory.path];
  await using running = new MillraceProcess([...args, '--schema-registry-port', '0', '--schema-registry-token', 't']);
  const url = await urlOf(running);
  expect(await clientOf(url, 't').latest('lengths-value')).toMatchObject({ id: 1, version: 1 });
});

test.concurrent('is open to others only with a token', async () => {
  await using directory = await createDataDirectory();
  const args = ['registry', '--data-dir', directory.path, '--schema-registry-host', '0.0.0.0'];
  const { exitCode, stderr } = await runMillrace(args);
  expect({ exitCode, isTold: stderr.includes('schemaRegistryToken') }).toEqual({ exitCode: 2, isTold: true });
});

test.concurrent('run does not start while a registry that it has never asked is away', async () => {
  await using directory = await createDataDirectory();
  const broker = await directory.openBroker();
  await broker.admin.createTopics([{ name: 'words', partitions: 1 }]);
  await broker.close();
  const args = ['run', fixture('avro-words'), '--data-dir', directory.path];
  const { exitCode, stderr } = await runMillrace([
    ...args,
    '--schema-registry',
    'http://127.0.0.1:9',
    '--schema-registry-retries',
    '0',
  ]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('SCHEMA_REGISTRY_UNREACHABLE');
});
