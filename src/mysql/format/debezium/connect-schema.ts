/** A schema of Kafka Connect as its JSON converter writes it. */
export interface ConnectSchema {
  readonly type: 'struct' | 'array' | 'string' | 'bytes' | 'boolean' | 'int16' | 'int32' | 'int64' | 'float' | 'double';
  readonly fields?: readonly ConnectField[];
  readonly items?: ConnectSchema;
  readonly optional: boolean;
  readonly name?: string;
  readonly version?: number;
  readonly doc?: string;
  readonly parameters?: { readonly [name: string]: string };
  readonly default?: unknown;
}

/** A member of a struct. */
export interface ConnectField extends ConnectSchema {
  readonly field: string;
}

/** A field that may be null unless it is said. */
export function field(name: string, type: ConnectSchema['type'], optional = true): ConnectField {
  return { type, optional, field: name };
}

/** The schema of the `source` block. */
export const SOURCE_SCHEMA: ConnectField = {
  type: 'struct',
  fields: [
    field('version', 'string', false),
    field('connector', 'string', false),
    field('name', 'string', false),
    field('ts_ms', 'int64', false),
    {
      type: 'string',
      optional: true,
      name: 'io.debezium.data.Enum',
      version: 1,
      parameters: { allowed: 'true,first,first_in_data_collection,last_in_data_collection,last,false,incremental' },
      default: 'false',
      field: 'snapshot',
    },
    field('db', 'string', false),
    field('sequence', 'string'),
    field('ts_us', 'int64'),
    field('ts_ns', 'int64'),
    field('table', 'string'),
    field('server_id', 'int64', false),
    field('gtid', 'string'),
    field('file', 'string', false),
    field('pos', 'int64', false),
    field('row', 'int32', false),
    field('thread', 'int64'),
    field('query', 'string'),
  ],
  optional: false,
  name: 'io.debezium.connector.mysql.Source',
  version: 1,
  field: 'source',
};

/** The schema of the `transaction` block. */
const TRANSACTION_SCHEMA: ConnectField = {
  type: 'struct',
  fields: [
    field('id', 'string', false),
    field('total_order', 'int64', false),
    field('data_collection_order', 'int64', false),
  ],
  optional: true,
  name: 'event.block',
  version: 1,
  field: 'transaction',
};

/** The schema of the envelope around rows with these fields; `name` is that of the table. */
export function envelopeSchema(name: string, columns: readonly ConnectField[]): ConnectSchema {
  const row = (side: string): ConnectField => ({
    type: 'struct',
    fields: columns,
    optional: true,
    name: `${name}.Value`,
    field: side,
  });
  return {
    type: 'struct',
    fields: [
      row('before'),
      row('after'),
      SOURCE_SCHEMA,
      TRANSACTION_SCHEMA,
      field('op', 'string', false),
      field('ts_ms', 'int64'),
      field('ts_us', 'int64'),
      field('ts_ns', 'int64'),
    ],
    optional: false,
    name: `${name}.Envelope`,
    version: 2,
  };
}

/** The schema of a key with these fields. */
export function keySchema(name: string, columns: readonly ConnectField[]): ConnectSchema {
  return { type: 'struct', fields: columns, optional: false, name: `${name}.Key` };
}

/** Puts the schema around payloads: what comes before and after each. */
export function schemaFrame(
  schema: ConnectSchema,
  isWanted: boolean,
): { readonly before: string; readonly after: string } {
  return isWanted
    ? { before: `{"schema":${JSON.stringify(schema)},"payload":`, after: '}' }
    : { before: '', after: '' };
}
