import { expect, test } from 'vitest';
import { BrokerRegistry } from '../../../src/registry/broker-registry.ts';
import { HttpSchemaRegistry } from '../../../src/registry/http-schema-registry.ts';
import { createDataDirectory, fixture, MillraceProcess, runMillrace } from '../millrace-process.ts';

/** Each starts programs, one after another. */
const timeout = 120_000;
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

test('serves what was registered after a restart too', { timeout }, async () => {
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

test('is served by run where a topology has schemas', { timeout }, async () => {
  await using directory = await createDataDirectory();
  const broker = await directory.openBroker();
  await broker.admin.createTopics([{ name: 'words', partitions: 1 }]);
  await broker.close();
  const args = ['run', fixture('avro-words'), '--data-dir', directory.path];
  await using running = new MillraceProcess([...args, '--schema-registry-port', '0', '--schema-registry-token', 't']);
  const url = await urlOf(running);
  expect(await clientOf(url, 't').latest('lengths-value')).toMatchObject({ id: 1, version: 1 });
});

test('is open to others only with a token', { timeout }, async () => {
  await using directory = await createDataDirectory();
  const args = ['registry', '--data-dir', directory.path, '--schema-registry-host', '0.0.0.0'];
  const { exitCode, stderr } = await runMillrace(args);
  expect({ exitCode, isTold: stderr.includes('schemaRegistryToken') }).toEqual({ exitCode: 2, isTold: true });
});

test(
  'run ends where a registry that it has never asked is away for longer than the task time-out',
  { timeout },
  async () => {
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
      '--task-timeout',
      '1ms',
    ]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('SCHEMA_REGISTRY_UNREACHABLE');
  },
);

test('schema check says what may be registered and what may not', { timeout }, async () => {
  await using directory = await createDataDirectory();
  const args = ['--data-dir', directory.path];
  expect(await runMillrace(['schema', 'check', fixture('avro-words'), ...args])).toMatchObject({
    exitCode: 0,
    stdout: 'avro-words: lengths-value: compatible, to be registered\n',
  });
  const broker = await directory.openBroker();
  const registry = await BrokerRegistry.open({ broker });
  await registry.join('http://127.0.0.1:9');
  const schema = '{"type":"record","name":"Word","fields":[{"name":"letters","type":"string"}]}';
  await registry.registry.register('lengths-value', { type: 'AVRO', schema, references: [] });
  await registry.close();
  await broker.close();
  const { exitCode, stdout } = await runMillrace([
    'schema',
    'check',
    fixture('avro-words'),
    fixture('counts'),
    ...args,
  ]);
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(
    /^avro-words: lengths-value: INCOMPATIBLE\n {2}The new schema cannot read data written with version 1: .*length/,
  );
  expect(stdout).toContain('counts: no schemas\n');
});
