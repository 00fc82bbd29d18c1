import { MillraceError } from '../../core/millrace-error.ts';
import type { ResolvedSchema } from '../registry/schema-language.ts';
import { avroType, type AvroType } from './avro-type.ts';

/** Checks that a schema is one. Throws SCHEMA_INVALID. */
export function mustBeAvro(schema: ResolvedSchema): void {
  compile(schema);
}

/** Why data written by one schema cannot be read by another, by Avro's rules of schema resolution; null when it can. */
export function avroUnreadable(reader: ResolvedSchema, writer: ResolvedSchema): string | null {
  const readerType = compile(reader);
  const writerType = compile(writer);
  try {
    readerType.createResolver(writerType, { ignoreNamespaces: true });
    return null;
  } catch (error) {
    if (error instanceof MillraceError) throw error;
    return (error as Error).message;
  }
}

function compile({ schema, references }: ResolvedSchema): AvroType {
  return avroType(schema, { references: references.map((reference) => reference.schema) });
}
