import type { SchemaRegistry } from '../../../serde/registry/schema-registry.ts';
import { WIRE_HEADER_BYTES, writeWireHeader } from '../../../serde/registry/wire-format.ts';
import { AvroBytes } from '../avro/avro-bytes.ts';
import { registerSchema } from '../avro/register-schema.ts';
import { connectAvroSchema } from './connect-avro-schema.ts';
import { connectAvroWriter } from './connect-avro-writer.ts';
import { schemaFrame, type ConnectSchema } from './connect-schema.ts';

/** Makes the JSON text of a key or value what its topic has. */
export type RecordEncoding = (text: string) => string | Buffer;

/** How the keys, or the values, of topics are written. */
export interface EncodingChoice {
  readonly part: 'key' | 'value';
  /** As Avro. */
  readonly isAvro: boolean;
  /** As JSON with the schema beside each payload. */
  readonly hasSchemas: boolean;
  /** Where the schemas of Avro are. */
  readonly registry: SchemaRegistry | null;
}

/**
 * The encoding of what a topic has of this schema. Avro is written from the JSON text, so that it cannot say anything else;
 * its schema is registered here. Throws MYSQL_SCHEMA_INCOMPATIBLE and what the registry throws.
 */
export async function recordEncoding(
  schema: ConnectSchema,
  choice: EncodingChoice,
  of: { readonly topic: string; readonly table: string },
): Promise<RecordEncoding> {
  const { part, isAvro, hasSchemas, registry } = choice;
  if (!isAvro || registry === null) {
    const { before, after } = schemaFrame(schema, hasSchemas);
    return (text) => before + text + after;
  }
  const subject = `${of.topic}-${part}`;
  const id = await registerSchema({ registry, subject, table: of.table }, connectAvroSchema(schema));
  const write = connectAvroWriter(schema);
  const to = new AvroBytes();
  return (text) => {
    to.begin(WIRE_HEADER_BYTES);
    write(to, { text, at: 0 });
    const bytes = to.take();
    writeWireHeader(bytes, id);
    return bytes;
  };
}
