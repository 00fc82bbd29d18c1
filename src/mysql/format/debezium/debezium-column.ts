import type { ColumnDetails } from '../../schema/read-column-details.ts';
import type { ColumnSchema, MysqlDataType } from '../../schema/column-schema.ts';
import { ruleParameters, textChange, type TextRule } from './column-rules.ts';
import { compactJson } from './compact-json.ts';
import type { ConnectField } from './connect-schema.ts';
import { decimalBytes } from '../../values/decimal-bytes.ts';
import type { BinaryMode, DebeziumOptions } from './debezium-options.ts';
import { adjustFieldName } from './name-adjustment.ts';
import { geometryStruct, pointStruct, GEOMETRY_SCHEMA, POINT_SCHEMA } from './spatial.ts';
import { temporalColumn } from './temporal-column.ts';
import type { ValueType } from './value-type.ts';

/**
 * How the values of a column are written: each from the JSON text that the row format has for it, so that they are the same
 * snapshotted or streamed.
 */
export interface DebeziumColumn {
  readonly field: ConnectField;
  /** From the row format's text, which is not `null`; undefined where it stays. */
  readonly convert: ((text: string) => string) | undefined;
  /** What NULL becomes. */
  readonly nullText: string;
  /** What a value becomes that the binlog does not have; null where the event cannot be written without it. */
  readonly absentText: string | null;
}

/** What a column is written by. */
export interface DebeziumColumnOptions {
  readonly options: DebeziumOptions;
  /** What the table says of it now; undefined when it has no such column any more. */
  readonly details: ColumnDetails | undefined;
  /** For values; keys are never changed. */
  readonly rule: TextRule | undefined;
  /** `database.table.column` */
  readonly fullName: string;
}

/** The writer of a column. */
export function debeziumColumn(column: ColumnSchema, by: DebeziumColumnOptions): DebeziumColumn {
  const { options, details, rule } = by;
  const isNullable = details?.nullable ?? column.nullable;
  const type = valueType(column, { ...by, isNullable });
  const change = rule === undefined || !TEXT_TYPES.has(column.type) ? undefined : changed(rule, column, details);
  const convert = change === undefined ? type.convert : (text: string) => change(JSON.parse(text) as string);
  const fieldDefault = details?.defaultText === null ? undefined : defaultOf(column, details, type);
  const parameters = {
    ...type.schema.parameters,
    ...(rule === undefined ? {} : ruleParameters(rule)),
    ...sourceType(by),
  };
  return {
    field: {
      type: type.schema.type,
      ...(type.schema.fields === undefined ? {} : { fields: type.schema.fields }),
      ...(type.schema.items === undefined ? {} : { items: type.schema.items }),
      optional: isNullable || fieldDefault !== undefined ? isNullable : false,
      ...(type.schema.name === undefined ? {} : { name: type.schema.name, version: type.schema.version ?? 1 }),
      ...(type.schema.doc === undefined ? {} : { doc: type.schema.doc }),
      ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
      ...(fieldDefault === undefined ? {} : { default: fieldDefault }),
      field: adjustFieldName(column.name, options.fieldNames),
    },
    convert,
    nullText: change === undefined ? 'null' : change(null),
    absentText: absentText(column, type, options),
  };
}

/** Types that Java knows as text, so that masks, truncation and hashes apply to them. */
const TEXT_TYPES: ReadonlySet<MysqlDataType> = new Set<MysqlDataType>([
  'char',
  'varchar',
  'tinytext',
  'text',
  'mediumtext',
  'longtext',
  'enum',
  'set',
]);

const LARGE_TYPES = /^(tiny|medium|long)?(text|blob)$|^json$|^geom|point$|string$|polygon$|^vector$/;

function changed(
  rule: TextRule,
  column: ColumnSchema,
  details: ColumnDetails | undefined,
): (text: string | null) => string {
  const isSized =
    column.type === 'char' || column.type === 'varchar' || column.type === 'enum' || column.type === 'set';
  const change = textChange(rule, isSized ? (details?.characters ?? 0) : 0);
  return (text) => JSON.stringify(change(text));
}

function valueType(column: ColumnSchema, by: DebeziumColumnOptions & { isNullable: boolean }): ValueType {
  const { options, isNullable, fullName } = by;
  const temporal = temporalColumn(column, { mode: options.temporalMode, isNullable, fullName });
  return temporal ?? TYPES[column.type]?.(column, by) ?? { schema: { type: 'string' } };
}

type TypeFactory = (column: ColumnSchema, by: DebeziumColumnOptions) => ValueType;

const shape: TypeFactory = () => ({ schema: GEOMETRY_SCHEMA, convert: geometryStruct });
const binary: TypeFactory = (_column, { options }) => BYTES[options.binaryMode];

/** By data type; what is not here is text, or temporal. */
const TYPES: { readonly [type in MysqlDataType]?: TypeFactory } = {
  tinyint: () => ({ schema: { type: 'int16' } }),
  smallint: ({ unsigned }) => ({ schema: { type: unsigned ? 'int32' : 'int16' } }),
  mediumint: () => ({ schema: { type: 'int32' } }),
  int: ({ unsigned }) => ({ schema: { type: unsigned ? 'int64' : 'int32' } }),
  bigint: ({ unsigned }, { options }) =>
    unsigned && options.unsignedBigintMode === 'precise'
      ? exactDecimal(options, { scale: '0' })
      : { schema: { type: 'int64' } },
  decimal,
  float,
  double: () => ({ schema: { type: 'double' } }),
  bit,
  binary,
  varbinary: binary,
  tinyblob: binary,
  blob: binary,
  mediumblob: binary,
  longblob: binary,
  enum: enumeration,
  set: enumeration,
  json: () => ({
    schema: { type: 'string', name: 'io.debezium.data.Json' },
    convert: (text) => JSON.stringify(compactJson(text)),
  }),
  vector: () => ({
    schema: { type: 'array', items: { type: 'float', optional: false }, name: 'io.debezium.data.FloatVector' },
  }),
  point: () => ({ schema: POINT_SCHEMA, convert: pointStruct }),
  geometry: shape,
  linestring: shape,
  polygon: shape,
  multipoint: shape,
  multilinestring: shape,
  multipolygon: shape,
  geomcollection: shape,
};

function decimal(column: ColumnSchema, { options, details }: DebeziumColumnOptions): ValueType {
  if (options.decimalMode === 'string') return { schema: { type: 'string' } };
  if (options.decimalMode === 'double') {
    return { schema: { type: 'double' }, convert: (text) => String(Number(text.slice(1, -1))) };
  }
  const precision = /^decimal\((\d+)/.exec(details?.columnType ?? '')?.[1];
  return exactDecimal(options, {
    scale: String(column.scale),
    ...(precision === undefined ? {} : { 'connect.decimal.precision': precision }),
  });
}

/** From text in quotes (DECIMAL) or digits (BIGINT). */
function exactDecimal(options: DebeziumOptions, parameters: { readonly [name: string]: string }): ValueType {
  const plain = (text: string) => (text.startsWith('"') ? text.slice(1, -1) : text);
  return {
    schema: { type: 'bytes', name: 'org.apache.kafka.connect.data.Decimal', parameters },
    convert: options.numericDecimals ? plain : (text) => `"${decimalBytes(plain(text)).toString('base64')}"`,
  };
}

/** FLOAT(M,D) is a double to Debezium: all digits of the 32-bit number. */
function float(_column: ColumnSchema, { details }: DebeziumColumnOptions): ValueType {
  if (!/^float\(\d+,\d+\)/.test(details?.columnType ?? '')) return { schema: { type: 'float' } };
  return { schema: { type: 'double' }, convert: (text) => String(Math.fround(Number(text))) };
}

/** One bit is a boolean; more are bytes, the lowest bits first. */
function bit({ length }: ColumnSchema): ValueType {
  if (length === 1) return { schema: { type: 'boolean' }, convert: (text) => (text === '0' ? 'false' : 'true') };
  const size = Math.ceil(length / 8);
  return {
    schema: { type: 'bytes', name: 'io.debezium.data.Bits', parameters: { length: String(length) } },
    convert: (text) => {
      const bits = Buffer.alloc(8);
      bits.writeBigUInt64LE(BigInt(text));
      return `"${bits.toString('base64', 0, size)}"`;
    },
  };
}

const BYTES: Readonly<Record<BinaryMode, ValueType>> = {
  bytes: { schema: { type: 'bytes' } },
  base64: { schema: { type: 'string' } },
  'base64-url-safe': {
    schema: { type: 'string' },
    // Java's encoder for URLs keeps the padding.
    convert: (text) => text.replaceAll('+', '-').replaceAll('/', '_'),
  },
  hex: { schema: { type: 'string' }, convert: (text) => `"${Buffer.from(text, 'base64').toString('hex')}"` },
};

function enumeration(column: ColumnSchema): ValueType {
  const allowed = column.members.map((member) => member.replaceAll('\\', '\\\\').replaceAll(',', String.raw`\,`));
  return {
    schema: {
      type: 'string',
      name: column.type === 'enum' ? 'io.debezium.data.Enum' : 'io.debezium.data.EnumSet',
      parameters: { allowed: allowed.join(',') },
    },
  };
}

/** What the schema says a missing value is; only of types whose default the server writes as it writes values. */
function defaultOf(column: ColumnSchema, details: ColumnDetails | undefined, type: ValueType): unknown {
  const text = details?.defaultText;
  if (text === undefined || text === null) return undefined;
  switch (column.type) {
    case 'tinyint':
    case 'smallint':
    case 'mediumint':
    case 'int':
    case 'bigint':
    case 'year':
    case 'float':
    case 'double':
      return JSON.parse(type.convert?.(text) ?? text.replace(/^(-?)0+(?=\d)/, '$1')) as unknown;
    case 'char':
    case 'varchar':
    case 'enum':
    case 'set':
      return text;
    case 'decimal':
    case 'date':
    case 'time':
      return JSON.parse(type.convert?.(`"${text}"`) ?? `"${text}"`) as unknown;
    case 'datetime':
      return JSON.parse(type.convert?.(`"${text.replace(' ', 'T')}"`) ?? 'null') as unknown;
    case 'bit':
      return JSON.parse(type.convert?.(String(Number.parseInt(text.slice(2, -1), 2))) ?? 'null') as unknown;
    default:
      return undefined;
  }
}

function sourceType({ options, details, fullName }: DebeziumColumnOptions): { readonly [name: string]: string } {
  if (details === undefined) return {};
  const [, name = '', length, scale] = /^(\w+)(?:\((\d+)(?:,(\d+))?\))?/.exec(details.columnType) ?? [];
  const typeName = (name + (/unsigned/.test(details.columnType) ? ' unsigned' : '')).toUpperCase();
  if (!options.propagatesSourceType(fullName, typeName)) return {};
  return {
    '__debezium.source.column.type': typeName,
    ...(length === undefined ? {} : { '__debezium.source.column.length': length }),
    ...(scale === undefined ? {} : { '__debezium.source.column.scale': scale }),
  };
}

function absentText(column: ColumnSchema, type: ValueType, options: DebeziumOptions): string | null {
  if (!LARGE_TYPES.test(column.type)) return null;
  const { unavailablePlaceholder } = options;
  if (type.schema.type === 'string') return JSON.stringify(unavailablePlaceholder);
  if (type.schema.type === 'bytes') return JSON.stringify(Buffer.from(unavailablePlaceholder).toString('base64'));
  return null;
}
