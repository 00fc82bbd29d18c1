import type { AvroSchema } from '../../../serde/avro/avro-schema.ts';
import { avroName } from '../../../serde/avro/avro-names.ts';
import type { ColumnSchema, TableSchema } from '../../schema/column-schema.ts';
import { CharsetDecoders } from '../../values/charset-decoder.ts';
import type { BigintPolicy } from '../../values/column-codec.ts';
import { createAvroCell } from './create-avro-cell.ts';
import { avroColumns, rowSchema } from './avro-row-schema.ts';

/** A file of a schema. */
export interface AvroFile {
  /** `mysql.shop.orders-value.avsc`: its subject in the registry. */
  readonly name: string;
  readonly text: string;
}

/**
 * The schemas of tables as files, for each the one that its rows are registered with, and that of its key. Keys are in Avro's JSON
 * encoding by that schema: what topics have.
 */
export function avroFiles(
  tables: readonly TableSchema[],
  { topicPrefix, bigint }: { readonly topicPrefix: string; readonly bigint: BigintPolicy },
): readonly AvroFile[] {
  const decoders = new CharsetDecoders();
  const options = { bigint, decoderOf: (charset: string) => decoders.get(charset) };
  return tables.flatMap((table) => {
    const topic = `${topicPrefix}.${table.database}.${table.table}`;
    const typeOf = (column: ColumnSchema): AvroSchema => createAvroCell(column, options).type;
    const columns = avroColumns(table, (index) => typeOf(table.columns[index] as ColumnSchema));
    const value = JSON.parse(rowSchema(table, topicPrefix, columns)) as { readonly namespace: string };
    const key = keySchema(table, value.namespace, typeOf);
    return [
      ...(key === null ? [] : [{ name: `${topic}-key.avsc`, text: printed(key) }]),
      { name: `${topic}-value.avsc`, text: printed(value) },
    ];
  });
}

/** The key column's own type, or a record of the key columns; null where there is none. */
function keySchema(
  table: TableSchema,
  namespace: string,
  typeOf: (column: ColumnSchema) => AvroSchema,
): AvroSchema | null {
  const columns = table.key.map((name) => table.columns.find((column) => column.name === name) as ColumnSchema);
  const [only] = columns;
  if (only === undefined) return null;
  if (columns.length === 1) return plain(typeOf(only));
  const fields = columns.map((column) => ({ name: avroName(column.name), type: plain(typeOf(column)) }));
  return { type: 'record', name: `${avroName(table.table)}_key`, namespace, fields };
}

/** What JSON has of a type: numbers, or text. */
function plain(type: AvroSchema): AvroSchema {
  if (typeof type === 'string') return type;
  return (type as { readonly integer?: boolean }).integer === true ? 'long' : 'string';
}

function printed(schema: unknown): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}
