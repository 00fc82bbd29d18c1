import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import { BrokerRegistry } from '../../src/registry/broker-registry.ts';
import { HttpSchemaRegistry } from '../../src/registry/http-schema-registry.ts';
import type { HttpExchangeOptions } from '../../src/registry/http-exchange.ts';
import type { SchemaDefinition } from '../../src/serde/registry/schema-registry.ts';
import { type HttpServer, startHttpServer } from '../../src/server/http-server.ts';
import { registryRoutes } from '../../src/server/registry/registry-routes.ts';
import { type Certificates, createCertificates } from '../support/certificates.ts';

const USER = { username: 'ün:named', password: 'pass:wörd' };
const BASIC = `Basic ${Buffer.from(`${USER.username}:${USER.password}`).toString('base64')}`;
const ORDER: SchemaDefinition = {
  type: 'AVRO',
  schema: JSON.stringify({ type: 'record', name: 'Order', fields: [] }),
  references: [],
};

let folder: string;
let certificates: Certificates;
let broker: EmbeddedBroker;
let registry: BrokerRegistry;
let server: HttpServer;
let gateway: Server;

/** A registry as companies have it: behind a gateway that speaks TLS, knows its clients by certificate, and asks for a password. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-registry-access-'));
  certificates = createCertificates(folder);
  broker = await EmbeddedBroker.inMemory();
  registry = await BrokerRegistry.open({ broker });
  server = await startHttpServer({ port: 0 }, [registryRoutes(registry)]);
  await registry.join(server.url);
  const pem = readFileSync(certificates.broker);
  const tls = { key: pem, cert: pem, ca: readFileSync(certificates.authority), requestCert: true };
  gateway = createServer({ ...tls, rejectUnauthorized: true }, (asked, answer) => {
    if (asked.headers.authorization !== BASIC) {
      answer.writeHead(401, { 'content-type': 'application/json' }).end('{"error_code":401,"message":"Unauthorized"}');
      return;
    }
    const { method, headers } = asked;
    const passedOn = request(`${server.url}${asked.url}`, { method, headers } as object, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(answer);
    });
    asked.pipe(passedOn);
  });
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  gateway.closeAllConnections();
  gateway.close();
  await server.close();
  await registry.close();
  await broker.close();
  await rm(folder, { recursive: true });
});

function ask(options: Pick<HttpExchangeOptions, 'auth' | 'tls'>): HttpSchemaRegistry {
  const urls = [`https://127.0.0.1:${(gateway.address() as AddressInfo).port}`];
  return new HttpSchemaRegistry({ urls, timeoutMs: 20_000, retries: 0, pause: () => Promise.resolve(), ...options });
}

function tlsOf({ authority, clientCertificate, clientKey }: Certificates) {
  return {
    ca: readFileSync(authority, 'utf8'),
    cert: readFileSync(clientCertificate, 'utf8'),
    key: readFileSync(clientKey, 'utf8'),
  };
}

test('a registry is asked over TLS with a client certificate, a name and a password', async () => {
  const asked = ask({ auth: USER, tls: tlsOf(certificates) });
  const id = await asked.register('orders-value', ORDER);
  expect(await asked.schemaById(id)).toEqual(ORDER);
});

test('a wrong password is refused, and not repeated in the message', async () => {
  const asked = ask({ auth: { ...USER, password: 'guessed' }, tls: tlsOf(certificates) });
  await expect(asked.latest('orders-value')).rejects.toMatchObject({
    code: 'SCHEMA_REGISTRY_REFUSED',
    message: expect.not.stringContaining('guessed') as string,
  });
});

test.each([
  ['whose authority is not known', () => ({})],
  ['that wants a certificate, without one', () => ({ tls: { ca: readFileSync(certificates.authority, 'utf8') } })],
])('a registry %s is not believed or does not answer', async (_name, tls) => {
  await expect(ask({ auth: USER, ...tls() }).latest('orders-value')).rejects.toMatchObject({
    code: 'SCHEMA_REGISTRY_UNREACHABLE',
  });
});
