import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { schemaRegistryClients, type SchemaRegistryClients } from '../../scripts/services/schema-registry-clients.ts';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import { cacheDirectory } from '../../src/cli/host/cache-directory.ts';
import { BrokerRegistry } from '../../src/registry/broker-registry.ts';
import { LocalSchemaRegistry } from '../../src/registry/local-schema-registry.ts';
import { avro } from '../../src/serde/avro/avro-serde.ts';
import { jsonSchema } from '../../src/serde/json-schema/json-schema-serde.ts';
import { protobuf } from '../../src/serde/protobuf/protobuf-serde.ts';
import type { SchemaType } from '../../src/serde/registry/schema-registry.ts';
import type { Serde } from '../../src/serde/serde.ts';
import { type HttpServer, startHttpServer } from '../../src/server/http-server.ts';
import { registryRoutes } from '../../src/server/registry/registry-routes.ts';

const run = promisify(execFile);
const FETCH_TIMEOUT_MS = 600_000;
/** For a program that is started on a machine that does much else. */
const CLIENT_TIMEOUT_MS = 180_000;

const schema = {
  type: 'record',
  name: 'Order',
  namespace: 'shop',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'note', type: ['null', 'string'], default: null },
    { name: 'tags', type: { type: 'array', items: 'string' } },
    { name: 'rates', type: { type: 'map', values: 'double' } },
  ],
} as const;
const breaking = { ...schema, fields: [...schema.fields, { name: 'needed', type: 'int' }] };
const value = { id: 9_007_199_254, note: 'grün', tags: ['a', ''], rates: { eur: 1.5 } };

let clients: SchemaRegistryClients;
let broker: EmbeddedBroker;
let registry: BrokerRegistry;
let server: HttpServer;

beforeAll(async () => {
  clients = await schemaRegistryClients(cacheDirectory());
  broker = await EmbeddedBroker.inMemory();
  registry = await BrokerRegistry.open({ broker });
  server = await startHttpServer({ port: 0 }, [registryRoutes(registry)]);
  await registry.join(server.url);
}, FETCH_TIMEOUT_MS);

afterAll(async () => {
  await server.close();
  await registry.close();
  await broker.close();
});

interface Answer {
  readonly id: number;
  readonly latest: number;
  readonly encoded: string;
  readonly decoded: unknown;
  readonly refused: string | null;
  readonly compatible?: boolean;
}

const programs = {
  kafkajs: () => [process.execPath, join(import.meta.dirname, 'clients/kafkajs-client.cjs'), clients.nodeDirectory],
  confluent: () => [process.execPath, join(import.meta.dirname, 'clients/confluent-client.cjs'), clients.nodeDirectory],
  python: () => [clients.python, join(import.meta.dirname, 'clients/python-client.py')],
};

test.each(Object.entries(programs))(
  '%s registers, reads what we write, writes what we read, and is refused',
  async (name, program) => {
    const topic = `of-${name}`;
    const serde: Serde<typeof value> = avro(JSON.stringify(schema));
    // The client is the first to register the subject: ours finds the schema then, as that of another subject.
    await serde.open?.({
      topic: 'ours',
      part: 'value',
      writes: true,
      registry: new LocalSchemaRegistry(registry.registry),
    });
    const given = {
      subject: `${topic}-value`,
      topic,
      schema: JSON.stringify(schema),
      breaking: JSON.stringify(breaking),
      value,
      bytes: serde.serialize(value).toString('hex'),
    };
    const [command = '', ...args] = program();
    const { stdout } = await run(command, [...args, server.url, JSON.stringify(given)]);
    const answer = JSON.parse(stdout) as Answer;

    expect(answer.decoded).toEqual(value);
    const bytes = Buffer.from(answer.encoded, 'hex');
    await serde.prepare?.(bytes);
    expect(serde.deserialize(bytes)).toEqual(value);
    expect(answer.latest).toBe(answer.id);
    expect(registry.registry.version(`${topic}-value`, 'latest').id).toBe(answer.id);
    expect(answer.refused).toMatch(/incompatible|409/);
    expect(answer.compatible ?? false).toBe(false);
    expect(registry.registry.versions(`${topic}-value`)).toHaveLength(1);
  },
  CLIENT_TIMEOUT_MS,
);

const jsonText = JSON.stringify({
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Order',
  type: 'object',
  properties: {
    id: { type: 'integer' },
    note: { type: ['string', 'null'] },
    tags: { type: 'array', items: { type: 'string' } },
    rates: { type: 'object', additionalProperties: { type: 'number' } },
  },
  required: ['id'],
});
const protoText = `syntax = "proto3"; package shop;
  message Unused {}
  message Order { int64 id = 1; optional string note = 2; repeated string tags = 3; map<string, double> rates = 4; }`;

/** What a client is told of a language, and ours, which has written the value. */
async function prepared(
  { name, type, schema, breaking }: { name: string; type: SchemaType; schema: string; breaking: string },
  serde: Serde<typeof value>,
): Promise<{ readonly serde: Serde<typeof value>; readonly given: object }> {
  const local = new LocalSchemaRegistry(registry.registry);
  await serde.open?.({ topic: `ours-${type}`, part: 'value', writes: true, registry: local });
  const topic = `${type}-of-${name}`;
  const { schema: text } = registry.registry.formatted({ type, schema, references: [] }, 'serialized');
  return {
    serde,
    given: { subject: `${topic}-value`, topic, schema: text, breaking, bytes: serde.serialize(value).toString('hex') },
  };
}

const languagePrograms = {
  confluent: () => [
    process.execPath,
    join(import.meta.dirname, 'clients/confluent-languages.cjs'),
    clients.nodeDirectory,
  ],
  python: () => [clients.python, join(import.meta.dirname, 'clients/python-languages.py')],
};

test.each(Object.entries(languagePrograms))(
  '%s does so with JSON Schema and Protobuf',
  async (name, program) => {
    const otherType = jsonText.replace('"integer"', '"boolean"');
    const ours = {
      json: await prepared({ name, type: 'JSON', schema: jsonText, breaking: otherType }, jsonSchema(jsonText)),
      protobuf: await prepared(
        { name, type: 'PROTOBUF', schema: protoText, breaking: protoText.replace('int64 id', 'string id') },
        protobuf(protoText, { message: 'Order' }),
      ),
    };
    const given = { value, message: 'shop.Order', json: ours.json.given, protobuf: ours.protobuf.given };
    const [command = '', ...args] = program();
    const { stdout } = await run(command, [...args, server.url, JSON.stringify(given)]);
    const answers = JSON.parse(stdout) as Readonly<Record<'json' | 'protobuf', Answer>>;

    for (const [language, { serde }] of Object.entries(ours)) {
      const answer = answers[language as 'json' | 'protobuf'];
      expect(answer.decoded).toEqual(value);
      const bytes = Buffer.from(answer.encoded, 'hex');
      await serde.prepare?.(bytes);
      expect(serde.deserialize(bytes)).toEqual(value);
      expect(answer.latest).toBe(answer.id);
      expect(answer.refused).toMatch(/incompatible|409/);
    }
  },
  CLIENT_TIMEOUT_MS,
);
