import type { AvroComplexSchema, AvroField, AvroSchema } from '../../../serde/avro/avro-schema.ts';
import type { ConnectField, ConnectSchema } from './connect-schema.ts';

const PRIMITIVES: Readonly<Record<Exclude<ConnectSchema['type'], 'struct' | 'array'>, string>> = {
  string: 'string',
  bytes: 'bytes',
  boolean: 'boolean',
  int16: 'int',
  int32: 'int',
  int64: 'long',
  float: 'float',
  double: 'double',
};

const DECIMAL = 'org.apache.kafka.connect.data.Decimal';
/** The precision of decimals that have none of their own: that of Confluent's converter. */
const UNKNOWN_PRECISION = '64';

/** Connect's types that have a logical type in Avro. */
const LOGICAL_TYPES: { readonly [name: string]: string } = {
  'org.apache.kafka.connect.data.Date': 'date',
  'org.apache.kafka.connect.data.Time': 'time-millis',
  'org.apache.kafka.connect.data.Timestamp': 'timestamp-millis',
};

/**
 * A schema of Kafka Connect as Avro, as Confluent's AvroConverter makes it: what Avro has no words for is in attributes
 * (`connect.name`, `connect.version`, `connect.parameters`, `connect.default`, `connect.type`), what may be null is a union.
 */
export function connectAvroSchema(schema: ConnectSchema): string {
  return JSON.stringify(typeOf(schema, { namespace: null, defined: new Set() }));
}

interface Surroundings {
  /** Of the record around; null at the outermost. */
  readonly namespace: string | null;
  /** Full names of the records so far, which are only named again. */
  readonly defined: Set<string>;
}

function typeOf(schema: ConnectSchema, around: Surroundings): AvroSchema {
  const type = requiredType(schema, around);
  if (!schema.optional) return type;
  return schema.default === undefined ? ['null', type] : [type, 'null'];
}

function requiredType(schema: ConnectSchema, around: Surroundings): AvroSchema {
  if (schema.type === 'struct') return record(schema, around);
  const attributes = attributesOf(schema);
  if (schema.type === 'array') {
    return { type: 'array', items: typeOf(schema.items as ConnectSchema, around), ...attributes };
  }
  const type = PRIMITIVES[schema.type];
  return Object.keys(attributes).length === 0 ? type : { type, ...attributes };
}

function record(schema: ConnectSchema, { namespace, defined }: Surroundings): AvroSchema {
  const fullName = schema.name ?? 'io.confluent.connect.avro.ConnectDefault';
  const dot = fullName.lastIndexOf('.');
  const [own, name] = [dot < 0 ? null : fullName.slice(0, dot), fullName.slice(dot + 1)];
  if (defined.has(fullName)) return own === namespace ? name : fullName;
  defined.add(fullName);
  return {
    type: 'record',
    name,
    ...(own === null || own === namespace ? {} : { namespace: own }),
    ...(schema.doc === undefined ? {} : { doc: schema.doc }),
    fields: (schema.fields ?? []).map((field) => fieldOf(field, { namespace: own, defined })),
    ...attributesOf(schema),
  };
}

function fieldOf(field: ConnectField, around: Surroundings): AvroField {
  const missing =
    field.default === undefined ? (field.optional ? { default: null } : {}) : { default: defaultOf(field) };
  return {
    name: field.field,
    type: typeOf(field, around),
    ...(field.doc === undefined ? {} : { doc: field.doc }),
    ...missing,
  };
}

function attributesOf(schema: ConnectSchema): Omit<AvroComplexSchema, 'type'> {
  const { name, version, parameters, doc, type } = schema;
  const { scale = '0', 'connect.decimal.precision': precision = UNKNOWN_PRECISION } = parameters ?? {};
  const logicalType = name === undefined ? undefined : LOGICAL_TYPES[name];
  return {
    ...(name === DECIMAL ? { scale: Number(scale), precision: Number(precision) } : {}),
    ...(doc === undefined ? {} : { 'connect.doc': doc }),
    ...(version === undefined ? {} : { 'connect.version': version }),
    ...(parameters === undefined ? {} : { 'connect.parameters': parameters }),
    ...(schema.default === undefined ? {} : { 'connect.default': defaultOf(schema) }),
    ...(name === undefined ? {} : { 'connect.name': name }),
    ...(type === 'int16' ? { 'connect.type': 'int16' } : {}),
    ...(name === DECIMAL ? { logicalType: 'decimal' } : {}),
    ...(logicalType === undefined ? {} : { logicalType }),
  };
}

/** Bytes are in Avro's JSON a character for each. */
function defaultOf(schema: ConnectSchema): unknown {
  return schema.type === 'bytes' ? Buffer.from(schema.default as string, 'base64').toString('latin1') : schema.default;
}
