import type avsc from 'avsc';
import { MillraceError } from '../../core/millrace-error.ts';
import type { BigintReading } from '../json-integers.ts';
import type { ResolvedSchema, SchemaLanguage, SchemaReader, SchemaWriter } from '../registry/schema-language.ts';
import { avroType, type AvroType } from './avro-type.ts';

/** What values are encoded into before one gets bytes of its own. */
const FIRST_BUFFER_BYTES = 4096;

/** Avro with these settings. Types are compiled once for each schema. */
export class AvroLanguage<T> implements SchemaLanguage<T> {
  readonly type = 'AVRO';
  readonly #bigint: BigintReading;
  readonly #types = new Map<string, AvroType>();

  constructor(bigint: BigintReading) {
    this.#bigint = bigint;
  }

  nameOf(schema: ResolvedSchema): string {
    const type = this.#compile(schema);
    return type.name ?? type.typeName;
  }

  writer(schema: ResolvedSchema): SchemaWriter<T> {
    const type = this.#compile(schema);
    let scratch = Buffer.allocUnsafeSlow(FIRST_BUFFER_BYTES);
    return (value, offset) => {
      let end = encode(type, value, { into: scratch, offset });
      if (end < 0) {
        scratch = Buffer.allocUnsafeSlow(2 * (scratch.length - end));
        end = encode(type, value, { into: scratch, offset });
      }
      const bytes = Buffer.allocUnsafe(end);
      scratch.copy(bytes, offset, offset, end);
      return bytes;
    };
  }

  reader(wanted: ResolvedSchema, written: ResolvedSchema): SchemaReader<T> {
    const type = this.#compile(wanted);
    const writer = this.#compile(written);
    const resolver = type === writer ? undefined : resolverOf(type, writer);
    return (bytes, offset) => decode<T>(type, bytes, { offset, resolver });
  }

  #compile({ schema, references }: ResolvedSchema): AvroType {
    const key = JSON.stringify([schema, references]);
    let type = this.#types.get(key);
    if (type === undefined) {
      type = avroType(schema, { bigint: this.#bigint, references: references.map((reference) => reference.schema) });
      this.#types.set(key, type);
    }
    return type;
  }
}

type Resolver = ReturnType<AvroType['createResolver']>;

function resolverOf(reader: AvroType, writer: AvroType): Resolver {
  try {
    return reader.createResolver(writer);
  } catch (error) {
    throw new MillraceError(
      'DESERIALIZATION_FAILED',
      `Expected a writer's schema that the reader's can read, got one where it ${(error as Error).message}`,
    );
  }
}

/** The end of the value; negative when so many bytes were missing. */
function encode(type: AvroType, value: unknown, { into, offset }: { into: Buffer; offset: number }): number {
  try {
    return type.encode(value, into, offset);
  } catch (error) {
    throw unwritable(type, value, error);
  }
}

/** Says where in the value it is. What avsc says of it is left out, for that has the value in it. */
function unwritable(type: AvroType, value: unknown, cause: unknown): MillraceError {
  let expected = 'what it is to be';
  let place = '';
  const errorHook = (path: readonly string[], _value: unknown, missed: avsc.Type): void => {
    expected = missed.typeName;
    place = path.length === 0 ? '' : ` at ${path.join('.')}`;
  };
  try {
    type.isValid(value, { errorHook });
  } catch {
    // Then the place stays unknown.
  }
  const found = cause instanceof MillraceError ? cause.message : `what is not ${expected}`;
  return new MillraceError(
    'SERIALIZATION_FAILED',
    `Expected a value of the Avro schema ${type.name ?? type.typeName}, got ${found}${place}`,
  );
}

function decode<T>(
  type: AvroType,
  bytes: Buffer,
  { offset, resolver }: { offset: number; resolver: Resolver | undefined },
): T {
  let result: { value: unknown; offset: number };
  try {
    result = type.decode(bytes, offset, resolver);
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'INTEGER_UNSAFE') throw error;
    throw unreadable(type, error instanceof MillraceError ? error.message : `${bytes.length} bytes that are not one`);
  }
  if (result.offset < 0) throw unreadable(type, `${bytes.length} bytes that end before it does`);
  if (result.offset < bytes.length) throw unreadable(type, `${bytes.length - result.offset} bytes too many`);
  return result.value as T;
}

function unreadable(type: AvroType, found: string): MillraceError {
  return new MillraceError(
    'DESERIALIZATION_FAILED',
    `Expected a value of the Avro schema ${type.name ?? type.typeName}, got ${found}`,
  );
}
