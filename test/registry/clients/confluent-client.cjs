// Registers, encodes, decodes and is refused, with @confluentinc/schemaregistry. Prints what it got as JSON.
const { createRequire } = require('node:module');
const { join } = require('node:path');

const [directory, url, input] = process.argv.slice(2);
const confluent = createRequire(join(directory, 'package.json'))('@confluentinc/schemaregistry');
const { subject, topic, schema, breaking, value, bytes } = JSON.parse(input);

async function main() {
  const client = new confluent.SchemaRegistryClient({ baseURLs: [url], cacheCapacity: 10, cacheLatestTtlSecs: 0 });
  const id = await client.register(subject, { schemaType: 'AVRO', schema });
  const serializer = new confluent.AvroSerializer(client, confluent.SerdeType.VALUE, {
    autoRegisterSchemas: false,
    useLatestVersion: true,
  });
  const encoded = await serializer.serialize(topic, value);
  const compatible = await client.testSubjectCompatibility(subject, { schemaType: 'AVRO', schema: breaking });
  const refused = await client.register(subject, { schemaType: 'AVRO', schema: breaking }).then(
    () => null,
    (error) => String(error.message),
  );
  const latest = (await client.getLatestSchemaMetadata(subject)).id;
  const decoded = await new confluent.AvroDeserializer(client, confluent.SerdeType.VALUE, {}).deserialize(
    topic,
    Buffer.from(bytes, 'hex'),
  );
  const subjects = await client.getAllSubjects();
  process.stdout.write(
    JSON.stringify({
      id,
      latest,
      encoded: encoded.toString('hex'),
      decoded,
      refused,
      compatible,
      hasSubject: subjects.includes(subject),
    }),
  );
}

void main();
