import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EmbeddedBroker } from '../../../src/broker/embedded/embedded-broker.ts';
import { BrokerRegistry } from '../../../src/registry/broker-registry.ts';
import { type HttpServer, startHttpServer } from '../../../src/server/http-server.ts';
import { registryRoutes } from '../../../src/server/registry/registry-routes.ts';

const TOKEN = 'a token';
let broker: EmbeddedBroker;
let writer: { readonly registry: BrokerRegistry; readonly server: HttpServer };
let other: typeof writer;

async function start(): Promise<typeof writer> {
  const registry = await BrokerRegistry.open({ broker });
  const server = await startHttpServer({ port: 0, bearerToken: TOKEN }, [registryRoutes(registry, TOKEN)]);
  await registry.join(server.url);
  return { registry, server };
}

beforeAll(async () => {
  broker = await EmbeddedBroker.inMemory();
  writer = await start();
  other = await start();
});

afterAll(async () => {
  for (const { server, registry } of [other, writer]) {
    await server.close();
    await registry.close();
  }
  await broker.close();
});

async function call(method: string, path: string, body?: object | string, at = writer): Promise<[number, unknown]> {
  const response = await fetch(new URL(path, at.server.url), {
    method,
    headers: {
      authorization: `Bearer ${TOKEN}`,
      ...(body === undefined ? {} : { 'content-type': 'application/vnd.schemaregistry.v1+json' }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  expect(response.headers.get('content-type')).toContain('application/vnd.schemaregistry.v1+json');
  return [response.status, JSON.parse(await response.text())];
}

function schema(fields: readonly object[], name = 'R'): { schema: string } {
  return { schema: JSON.stringify({ type: 'record', name, fields }) };
}

const id = { name: 'id', type: 'long' };

describe('the REST API', () => {
  test('registers, finds and deletes', async () => {
    expect(await call('POST', '/subjects/rest-value/versions', schema([id]))).toEqual([200, { id: 1 }]);
    expect(await call('GET', '/subjects')).toEqual([200, ['rest-value']]);
    expect(await call('GET', '/subjects/rest-value/versions')).toEqual([200, [1]]);
    const version = { subject: 'rest-value', version: 1, id: 1, ...schema([id]) };
    for (const name of ['1', 'latest', '-1']) {
      expect(await call('GET', `/subjects/rest-value/versions/${name}`)).toEqual([200, version]);
    }
    expect(await call('POST', '/subjects/rest-value', schema([id]))).toEqual([200, version]);
    expect(await call('GET', '/schemas/ids/1')).toEqual([200, schema([id])]);
    expect(await call('GET', '/schemas/ids/1/schema')).toEqual([200, JSON.parse(schema([id]).schema)]);
    expect(await call('GET', '/schemas/ids/1/versions')).toEqual([200, [{ subject: 'rest-value', version: 1 }]]);
    expect(await call('GET', '/schemas/ids/1/subjects')).toEqual([200, ['rest-value']]);
    expect(await call('GET', '/schemas')).toEqual([200, [version]]);
    expect(await call('DELETE', '/subjects/rest-value/versions/1')).toEqual([200, 1]);
    expect(await call('GET', '/subjects?deletedOnly=true')).toEqual([200, ['rest-value']]);
    expect(await call('DELETE', '/subjects/rest-value?permanent=true')).toEqual([200, [1]]);
    expect(await call('GET', '/subjects?deleted=true')).toEqual([200, []]);
  });

  test('names of subjects may have any characters', async () => {
    const subject = encodeURIComponent('a/b ü.c-value');
    expect(await call('POST', `/subjects/${subject}/versions`, schema([id], 'Slash'))).toMatchObject([200, {}]);
    expect(await call('GET', `/subjects/${subject}/versions/1`)).toMatchObject([200, { subject: 'a/b ü.c-value' }]);
  });

  test('says what is wrong as Confluent’s does', async () => {
    expect(await call('GET', '/subjects/none/versions')).toMatchObject([404, { error_code: 40_401 }]);
    expect(await call('GET', '/schemas/ids/999')).toMatchObject([404, { error_code: 40_403 }]);
    expect(await call('GET', '/schemas/ids/x')).toMatchObject([404, { error_code: 40_403 }]);
    expect(await call('POST', '/subjects/bad/versions', { schema: '{"type":"wrong"}' })).toMatchObject([
      422,
      { error_code: 42_201 },
    ]);
    expect(await call('POST', '/subjects/bad/versions', '{')).toMatchObject([400, {}]);
    expect(await call('POST', '/subjects/bad/versions', { schema: '' })).toMatchObject([422, { error_code: 42_201 }]);
    expect(await call('PUT', '/config', { compatibility: 'x' })).toMatchObject([422, { error_code: 42_203 }]);
    expect(await call('PUT', '/mode/a', { mode: 'x' })).toMatchObject([422, { error_code: 42_204 }]);
    await call('POST', '/subjects/strict/versions', schema([id], 'Strict'));
    expect(await call('GET', '/subjects/strict/versions/0')).toMatchObject([422, { error_code: 42_202 }]);
    expect(await call('GET', '/subjects/strict/versions/7')).toMatchObject([404, { error_code: 40_402 }]);
    const breaking = schema([{ name: 'id', type: 'string' }], 'Strict');
    expect(await call('POST', '/subjects/strict/versions', breaking)).toMatchObject([409, { error_code: 409 }]);
    expect(await call('GET', '/nothing')).toMatchObject([404, { error_code: 404 }]);
  });

  test('compares without registering', async () => {
    await call('POST', '/subjects/compared/versions', schema([id], 'C'));
    const breaking = schema([{ name: 'id', type: 'string' }], 'C');
    const path = '/compatibility/subjects/compared/versions';
    expect(await call('POST', `${path}/latest`, schema([], 'C'))).toEqual([200, { is_compatible: true }]);
    expect(await call('POST', `${path}/latest?verbose=true`, breaking)).toMatchObject([
      200,
      { is_compatible: false, messages: [expect.stringContaining('version 1')] },
    ]);
    expect(await call('POST', path, breaking)).toEqual([200, { is_compatible: false }]);
  });

  test('keeps levels and modes', async () => {
    expect(await call('GET', '/config')).toEqual([200, { compatibilityLevel: 'BACKWARD' }]);
    expect(await call('GET', '/config/own')).toMatchObject([404, { error_code: 40_408 }]);
    expect(await call('PUT', '/config/own', { compatibility: 'full' })).toEqual([200, { compatibility: 'FULL' }]);
    expect(await call('GET', '/config/own')).toEqual([200, { compatibilityLevel: 'FULL' }]);
    expect(await call('GET', '/config/other?defaultToGlobal=true')).toEqual([200, { compatibilityLevel: 'BACKWARD' }]);
    expect(await call('DELETE', '/config/own')).toEqual([200, { compatibilityLevel: 'FULL' }]);
    expect(await call('PUT', '/mode/frozen', { mode: 'READONLY' })).toEqual([200, { mode: 'READONLY' }]);
    expect(await call('POST', '/subjects/frozen/versions', schema([id]))).toMatchObject([422, { error_code: 42_205 }]);
    expect(await call('DELETE', '/mode/frozen')).toEqual([200, { mode: 'READONLY' }]);
  });

  test('of a registry that does not write asks the one that does', async () => {
    const definition = schema([id], 'Forwarded');
    const [status, answer] = await call('POST', '/subjects/forwarded/versions', definition, other);
    expect(status).toBe(200);
    expect(await call('POST', '/subjects/forwarded/versions', definition, writer)).toEqual([200, answer]);
    await expect.poll(() => call('GET', '/subjects/forwarded/versions', undefined, other)).toEqual([200, [1]]);
    expect(await call('GET', '/subjects/forwarded/versions/9', undefined, other)).toMatchObject([404, {}]);
  });

  test('is closed to those without the token', async () => {
    for (const headers of [{}, { authorization: 'Bearer other' }]) {
      const response = await fetch(new URL('/subjects', writer.server.url), { headers });
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ error_code: 401 });
    }
  });
});
