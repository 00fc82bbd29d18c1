import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import { BrokerRegistry } from '../../src/registry/broker-registry.ts';
import { HttpSchemaRegistry } from '../../src/registry/http-schema-registry.ts';
import { LocalSchemaRegistry } from '../../src/registry/local-schema-registry.ts';
import { RememberingSchemaRegistry } from '../../src/registry/remembering-schema-registry.ts';
import type { SchemaDefinition, SchemaRegistry } from '../../src/serde/registry/schema-registry.ts';
import { type HttpServer, startHttpServer } from '../../src/server/http-server.ts';
import { registryRoutes } from '../../src/server/registry/registry-routes.ts';

const TOKEN = 'secret-token';
const shared = { timeoutMs: 5000, retries: 0, pause: () => Promise.resolve() };

let broker: EmbeddedBroker;
let registry: BrokerRegistry;
let server: HttpServer;

beforeAll(async () => {
  broker = await EmbeddedBroker.inMemory();
  registry = await BrokerRegistry.open({ broker });
  server = await startHttpServer({ port: 0, bearerToken: TOKEN }, [registryRoutes(registry, TOKEN)]);
  await registry.join(server.url);
});

afterAll(async () => {
  await server.close();
  await registry.close();
  await broker.close();
});

function schema(name: string, fields: readonly object[] = []): SchemaDefinition {
  return { type: 'AVRO', schema: JSON.stringify({ type: 'record', name, fields }), references: [] };
}

const id = { name: 'id', type: 'long' };
const breaking = { name: 'id', type: 'string' };

/** What every registry answers. */
function describeAnswers(name: string, open: () => SchemaRegistry): void {
  const subject = `${name} / ü-value`;

  test(`${name} answers what is there and what is not`, async () => {
    const asked = open();
    expect(await asked.versions(subject)).toEqual([]);
    expect(await asked.latest(subject)).toBeNull();
    expect(await asked.lookUp(subject, schema('A', [id]))).toBeNull();
    expect(await asked.incompatibilities(subject, schema('A', [id]))).toEqual([]);
    const schemaId = await asked.register(subject, schema('A', [id]));
    expect(await asked.register(subject, schema('A', [id]))).toBe(schemaId);
    const found = { ...schema('A', [id]), subject, version: 1, id: schemaId };
    expect(await asked.latest(subject)).toEqual(found);
    expect(await asked.lookUp(subject, schema('A', [id]))).toEqual(found);
    expect(await asked.version(subject, 1)).toEqual(found);
    expect(await asked.versions(subject)).toEqual([found]);
    expect(await asked.schemaById(schemaId)).toEqual(schema('A', [id]));
    expect(await asked.incompatibilities(subject, schema('A', [breaking]))).toHaveLength(1);
    await expect(Promise.resolve(asked.register(subject, schema('A', [breaking])))).rejects.toMatchObject({
      code: 'SCHEMA_INCOMPATIBLE',
    });
    await expect(attempt(() => asked.schemaById(99_999))).rejects.toMatchObject({ code: 'SCHEMA_NOT_FOUND' });
    await expect(attempt(() => asked.version(subject, 9))).rejects.toMatchObject({ code: 'SCHEMA_NOT_FOUND' });
    await expect(
      attempt(() => asked.register(subject, { type: 'AVRO', schema: '{', references: [] })),
    ).rejects.toMatchObject({ code: 'SCHEMA_REGISTRY_REFUSED' });
  });
}

async function attempt(ask: () => unknown): Promise<void> {
  await ask();
}

describe('a schema registry', () => {
  describeAnswers('local', () => new LocalSchemaRegistry());
  describeAnswers(
    'http',
    () => new HttpSchemaRegistry({ ...shared, urls: [server.url], auth: { bearerToken: TOKEN } }),
  );

  test('that is not there is unreachable, after its retries, without what is secret in the message', async () => {
    const attempts: number[] = [];
    const away = new HttpSchemaRegistry({
      urls: ['http://user:pass@127.0.0.1:9/'],
      timeoutMs: 1000,
      retries: 2,
      pause: (made) => {
        attempts.push(made);
        return Promise.resolve();
      },
    });
    const error = await away.schemaById(1).catch((caught: unknown) => caught as Error & { code: string });
    expect(error).toMatchObject({ code: 'SCHEMA_REGISTRY_UNREACHABLE' });
    expect((error as Error).message).not.toContain('pass');
    expect(attempts).toEqual([1, 2]);
  });

  test('of several addresses is the first that answers', async () => {
    const asked = new HttpSchemaRegistry({
      ...shared,
      urls: ['http://127.0.0.1:9', server.url],
      auth: { bearerToken: TOKEN },
    });
    expect(await asked.register('several', schema('Several'))).toBeGreaterThan(0);
  });

  test('refuses a wrong token', async () => {
    const asked = new HttpSchemaRegistry({ ...shared, urls: [server.url], auth: { bearerToken: 'other' } });
    await expect(asked.latest('a')).rejects.toMatchObject({ code: 'SCHEMA_REGISTRY_REFUSED' });
  });
});

describe('a registry that is remembered', () => {
  test('answers what it has answered once while it is away', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'millrace-registry-'));
    const file = join(directory, 'registry.json');
    try {
      const there = await RememberingSchemaRegistry.open(new LocalSchemaRegistry(), file);
      const schemaId = await there.register('a', schema('A', [id]));
      const versions = await there.versions('a');
      await there.schemaById(schemaId);
      await there.flush();
      const gone = new HttpSchemaRegistry({ ...shared, urls: ['http://127.0.0.1:9'] });
      const away = await RememberingSchemaRegistry.open(gone, file);
      expect(await away.register('a', schema('A', [id]))).toBe(schemaId);
      expect(await away.versions('a')).toEqual(versions);
      expect(await away.schemaById(schemaId)).toEqual(schema('A', [id]));
      await expect(away.schemaById(schemaId + 1)).rejects.toMatchObject({ code: 'SCHEMA_REGISTRY_UNREACHABLE' });
      await expect(away.register('a', schema('B'))).rejects.toMatchObject({ code: 'SCHEMA_REGISTRY_UNREACHABLE' });
      await writeFile(file, '{broken');
      const forgetful = await RememberingSchemaRegistry.open(gone, file);
      await expect(forgetful.versions('a')).rejects.toMatchObject({ code: 'SCHEMA_REGISTRY_UNREACHABLE' });
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
