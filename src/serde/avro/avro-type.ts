import avsc from 'avsc';
import { MillraceError } from '../../core/millrace-error.ts';
import type { BigintReading } from '../json-integers.ts';
import { BoundedArrayType } from './bounded-array-type.ts';
import { BoundedMapType } from './bounded-map-type.ts';
import { EXACT_LONG_TYPES } from './exact-long-type.ts';
import { Base64Type } from './logical/base64-type.ts';
import { DateType } from './logical/date-type.ts';
import { DecimalType } from './logical/decimal-type.ts';
import { JsonDocumentType } from './logical/json-document-type.ts';
import { TimeSpanType } from './logical/time-span-type.ts';
import { TimeMicrosType, TimeMillisType } from './logical/time-type.ts';
import { TIMESTAMP_TYPES } from './logical/timestamp-type.ts';
import { UuidType } from './logical/uuid-type.ts';
import { nullableType } from './nullable-type.ts';
import { StrictRecordType } from './strict-record-type.ts';
import { TextType } from './text-type.ts';

/** How a schema is made into a type. */
export interface AvroTypeOptions {
  /** What a `long` outside ±(2^53 − 1) is read as, as of `json()`. Default `error`. */
  readonly bigint?: BigintReading;
  /** Other schemas, whose named types this one refers to, in an order in which each knows those it refers to itself. */
  readonly references?: readonly string[];
}

/** A schema compiled: it encodes and decodes. */
export type AvroType = avsc.Type;

const TEXT_TYPE = new TextType();

const LOGICAL_TYPES = {
  decimal: DecimalType,
  date: DateType,
  'time-millis': TimeMillisType,
  'time-micros': TimeMicrosType,
  ...TIMESTAMP_TYPES,
  uuid: UuidType,
  'time-span-micros': TimeSpanType,
  base64: Base64Type,
  json: JsonDocumentType,
};

/**
 * Compiles a schema (the text of it, JSON). What avsc would do inexactly is done here: 64-bit integers, text, arrays and maps
 * in broken bytes, fields that the schema does not have, logical types.
 *
 * A logical type that does not fit the type it stands on is ignored, as Avro's specification says. Throws
 * SCHEMA_INVALID.
 */
export function avroType(schema: string, { bigint = 'error', references = [] }: AvroTypeOptions = {}): AvroType {
  const options = { ...avscOptions(bigint), registry: {} };
  try {
    for (const reference of references) avsc.Type.forSchema(parsed(reference), options);
    return avsc.Type.forSchema(parsed(schema), options);
  } catch (error) {
    if (error instanceof MillraceError) throw error;
    throw new MillraceError('SCHEMA_INVALID', `Expected an Avro schema, got one with ${(error as Error).message}`);
  }
}

function parsed(text: string): avsc.Type {
  let schema: unknown = null;
  try {
    schema = JSON.parse(text);
  } catch {
    // Told below, with what is null.
  }
  if (schema !== null) return schema as avsc.Type;
  throw new MillraceError('SCHEMA_INVALID', 'Expected an Avro schema as JSON, got a text that is none');
}

/** avsc asks about every node of a schema before it makes a type of it, and twice about one with a logical type. */
function avscOptions(bigint: BigintReading): object {
  const underlying = new WeakSet<object>();
  return {
    bigint,
    logicalTypes: LOGICAL_TYPES,
    wrapUnions: 'auto',
    typeHook: (node: unknown, options: object): object | undefined => {
      if (typeof node === 'string') return primitive(node, bigint);
      if (Array.isArray(node)) return nullableType(node, options);
      const { type, logicalType } = node as { type?: unknown; logicalType?: unknown };
      const isLogical = typeof logicalType === 'string' && Object.hasOwn(LOGICAL_TYPES, logicalType);
      if (isLogical && !underlying.has(node as object)) {
        underlying.add(node as object);
        return undefined;
      }
      return complexType(node as object, options, { type, bigint: isLogical ? 'bigint' : bigint });
    },
  };
}

function complexType(
  node: object,
  options: object,
  { type, bigint }: { type: unknown; bigint: BigintReading },
): object | undefined {
  switch (type) {
    case 'record':
      mustBeSafeNames(node);
      return new StrictRecordType(node, options);
    case 'array':
      return new BoundedArrayType(node, options);
    case 'map':
      return new BoundedMapType(node, options);
    default:
      return typeof type === 'string' ? primitive(type, bigint) : undefined;
  }
}

function primitive(name: string, bigint: BigintReading): object | undefined {
  if (name === 'long') return EXACT_LONG_TYPES[bigint];
  return name === 'string' ? TEXT_TYPE : undefined;
}

/** avsc makes assignments of field names, in which this one would not make a field. */
function mustBeSafeNames(node: object): void {
  const { fields } = node as { fields?: unknown };
  if (!Array.isArray(fields)) return;
  if (fields.some((field: unknown) => (field as { name?: unknown } | null)?.name === '__proto__')) {
    throw new MillraceError('SCHEMA_INVALID', 'Expected fields that JavaScript can hold, got one named __proto__');
  }
}
