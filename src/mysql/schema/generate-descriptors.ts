import { isWideInteger, type BigintPolicy } from '../values/column-codec.ts';
import { MYSQL_TYPE_IN_TYPESCRIPT } from './typescript-type.ts';
import type { ColumnSchema, TableSchema } from './column-schema.ts';
import { constantName, interfaceName, uniqueName } from './identifier-names.ts';

/** What the descriptors are made with. */
export interface DescriptorOptions {
  readonly topicPrefix: string;
  readonly bigint: BigintPolicy;
}

/** A table and the names that its descriptor exports. */
interface NamedTable {
  readonly schema: TableSchema;
  readonly row: string;
  readonly key: string;
  readonly constant: string;
}

/**
 * The TypeScript module that describes the tables, in the order given: for each the interface of its rows, the type of its
 * key, and the descriptor that topologies import. The same tables give the same text.
 */
export function generateDescriptors(tables: readonly TableSchema[], options: DescriptorOptions): string {
  const taken = new Set<string>();
  const named = tables.map((schema): NamedTable => {
    const row = uniqueName(interfaceName(schema.table), taken);
    return {
      schema,
      row,
      key: uniqueName(`${row}Key`, taken),
      constant: uniqueName(constantName(schema.table), taken),
    };
  });
  const modules = named.map((table) =>
    [rowInterface(table, options), keyType(table, options), descriptor(table, options)].join('\n'),
  );
  return `${HEADER}\n${modules.join('\n')}`;
}

const HEADER = `// Written by "millrace mysql pull": pull again after a change of the schema instead of editing.
import { mysqlTable } from 'millrace';
`;

function rowInterface({ schema, row }: NamedTable, options: DescriptorOptions): string {
  return [
    `/** A row of \`${schema.database}.${schema.table}\`. */`,
    `export interface ${row} {`,
    ...schema.columns.flatMap((column) => property(column, options)),
    '}',
    '',
  ].join('\n');
}

function property(column: ColumnSchema, options: DescriptorOptions): string[] {
  const comment = isWideInteger(column) ? WIDE_COMMENTS[options.bigint] : COMMENTS[column.type];
  const line = `  readonly ${propertyName(column.name)}: ${typeOf(column, options)};`;
  return comment === undefined ? [line] : [`  /** ${comment} */`, line];
}

const WIDE_COMMENTS: Readonly<Record<BigintPolicy, string | undefined>> = {
  error: undefined,
  string: 'An exact integer.',
  bigint: 'A bigint where it is not a safe integer.',
};

const COMMENTS: { readonly [type in ColumnSchema['type']]?: string } = {
  decimal: 'An exact decimal number.',
  date: 'A date: `2024-02-29`.',
  time: 'A time: `12:34:56`.',
  datetime: 'A date and time without a zone: `2024-02-29T12:34:56`.',
  timestamp: 'A date and time in UTC: `2024-02-29T12:34:56Z`.',
  binary: 'Bytes in base64.',
  varbinary: 'Bytes in base64.',
  tinyblob: 'Bytes in base64.',
  blob: 'Bytes in base64.',
  mediumblob: 'Bytes in base64.',
  longblob: 'Bytes in base64.',
  set: 'Members, separated by commas.',
};

function typeOf(column: ColumnSchema, options: DescriptorOptions): string {
  const type = baseType(column, options);
  return column.nullable && type !== 'unknown' ? `${type} | null` : type;
}

function baseType(column: ColumnSchema, options: DescriptorOptions): string {
  if (isWideInteger(column)) return WIDE_TYPES[options.bigint];
  if (column.type === 'enum') return column.members.map(quote).join(' | ');
  return MYSQL_TYPE_IN_TYPESCRIPT[column.type];
}

const WIDE_TYPES: Readonly<Record<BigintPolicy, string>> = {
  error: 'number',
  string: 'string',
  bigint: 'number | bigint',
};

/** The key: the column's own type, an object of the columns, or null where there is none. */
function keyType({ schema, row, key }: NamedTable, options: DescriptorOptions): string {
  const columns = schema.key.map((name) => schema.columns.find((column) => column.name === name) as ColumnSchema);
  const [only] = columns;
  const comment = `/** The key of a \`${row}\`. */`;
  if (only === undefined) return `${comment}\nexport type ${key} = null;\n`;
  if (columns.length === 1) return `${comment}\nexport type ${key} = ${typeOf(only, options)};\n`;
  const properties = columns.map((column) => `  readonly ${propertyName(column.name)}: ${typeOf(column, options)};`);
  return [comment, `export interface ${key} {`, ...properties, '}', ''].join('\n');
}

function descriptor({ schema, row, key, constant }: NamedTable, { topicPrefix, bigint }: DescriptorOptions): string {
  const primaryKey = schema.key.map(quote).join(', ');
  return [
    `export const ${constant} = mysqlTable<${key}, ${row}>({`,
    `  database: ${quote(schema.database)},`,
    `  table: ${quote(schema.table)},`,
    `  topicPrefix: ${quote(topicPrefix)},`,
    `  primaryKey: [${primaryKey}],`,
    `  bigint: ${quote(bigint)},`,
    '  columns: {',
    ...schema.columns.map((column) => `    ${propertyName(column.name)}: ${quote(columnType(column))},`),
    '  },',
    '});',
    '',
  ].join('\n');
}

function columnType(column: ColumnSchema): string {
  const unsigned = column.unsigned ? ' unsigned' : '';
  return `${column.type}${unsigned}${column.nullable ? '' : ' not null'}`;
}

/** A computed name, so that a column named `__proto__` is a property like any other. */
function propertyName(name: string): string {
  if (name === '__proto__') return "['__proto__']";
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name) ? name : quote(name);
}

function quote(text: string): string {
  const escaped = JSON.stringify(text)
    .slice(1, -1)
    .replaceAll(String.raw`\"`, '"')
    .replaceAll("'", String.raw`\'`);
  return `'${escaped}'`;
}
