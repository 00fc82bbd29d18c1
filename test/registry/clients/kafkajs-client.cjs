// Registers, encodes, decodes and is refused, with @kafkajs/confluent-schema-registry. Prints what it got as JSON.
const { createRequire } = require('node:module');
const { join } = require('node:path');

const [directory, host, input] = process.argv.slice(2);
const { SchemaRegistry, SchemaType } = createRequire(join(directory, 'package.json'))(
  '@kafkajs/confluent-schema-registry',
);
const { subject, schema, breaking, value, bytes } = JSON.parse(input);

async function main() {
  const registry = new SchemaRegistry({ host }, undefined);
  const { id } = await registry.register({ type: SchemaType.AVRO, schema }, { subject });
  const encoded = await registry.encode(id, value);
  const refused = await registry.register({ type: SchemaType.AVRO, schema: breaking }, { subject }).then(
    () => null,
    (error) => String(error.message),
  );
  const latest = await registry.getLatestSchemaId(subject);
  const decoded = await registry.decode(Buffer.from(bytes, 'hex'));
  process.stdout.write(JSON.stringify({ id, latest, encoded: encoded.toString('hex'), decoded, refused }));
}

void main();
