// As confluent-client.cjs, with the JSON Schema and Protobuf serdes of @confluentinc/schemaregistry.
const { createRequire } = require('node:module');
const { join } = require('node:path');

const [directory, url, input] = process.argv.slice(2);
const required = createRequire(join(directory, 'package.json'));
const confluent = required('@confluentinc/schemaregistry');
const { create, createFileRegistry, fromBinary } = required('@bufbuild/protobuf');
const { FileDescriptorProtoSchema } = required('@bufbuild/protobuf/wkt');
const given = JSON.parse(input);
const client = new confluent.SchemaRegistryClient({ baseURLs: [url], cacheCapacity: 10, cacheLatestTtlSecs: 0 });

async function ofLanguage(schemaType, { subject, topic, schema, breaking, bytes }, serdes) {
  const id = await client.register(subject, { schemaType, schema });
  const encoded = await serdes.serializer.serialize(topic, serdes.value);
  const refused = await client.register(subject, { schemaType, schema: breaking }).then(
    () => null,
    (error) => String(error.message),
  );
  const decoded = serdes.plain(await serdes.deserializer.deserialize(topic, Buffer.from(bytes, 'hex')));
  const latest = (await client.getLatestSchemaMetadata(subject)).id;
  return { id, latest, encoded: encoded.toString('hex'), decoded, refused };
}

async function main() {
  const { VALUE } = confluent.SerdeType;
  const conf = { autoRegisterSchemas: false, useLatestVersion: true };
  const json = await ofLanguage('JSON', given.json, {
    serializer: new confluent.JsonSerializer(client, VALUE, conf),
    deserializer: new confluent.JsonDeserializer(client, VALUE, {}),
    value: given.value,
    plain: (value) => value,
  });
  const descriptor = fromBinary(FileDescriptorProtoSchema, Buffer.from(given.protobuf.schema, 'base64'));
  const registry = createFileRegistry(descriptor, () => undefined);
  const message = registry.getMessage(given.message);
  const { id, ...value } = given.value;
  const protobuf = await ofLanguage('PROTOBUF', given.protobuf, {
    serializer: new confluent.ProtobufSerializer(client, VALUE, { ...conf, registry }),
    deserializer: new confluent.ProtobufDeserializer(client, VALUE, {}),
    value: create(message, { id: BigInt(id), ...value }),
    plain: ({ id: read, note, tags, rates }) => ({ id: Number(read), note, tags, rates }),
  });
  process.stdout.write(JSON.stringify({ json, protobuf }));
}

void main();
