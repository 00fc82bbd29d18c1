import type { TopicConfig } from '../../../broker/port.ts';
import { MillraceError } from '../../../core/millrace-error.ts';
import { readColumnDetails, type ColumnDetails } from '../../schema/read-column-details.ts';
import { tableName, type ColumnSchema, type TableName, type TableSchema } from '../../schema/column-schema.ts';
import { createColumnCodec } from '../../values/column-codec.ts';
import type { RecordFormat, StreamRecords, TableFormat, TableFormatOptions } from '../record-format.ts';
import type { SchemaRegistry } from '../../../serde/registry/schema-registry.ts';
import { envelopeSchema, keySchema } from './connect-schema.ts';
import { debeziumColumn } from './debezium-column.ts';
import type { DebeziumOptions } from './debezium-options.ts';
import { DebeziumStreamRecords } from './debezium-stream-records.ts';
import { DebeziumTable } from './debezium-table.ts';
import { adjustSchemaName, sanitizeTopic } from './name-adjustment.ts';
import { recordEncoding, type EncodingChoice, type RecordEncoding } from './record-encoding.ts';
import { RowText, type WrittenColumn } from './row-text.ts';

/** Rows as Debezium's MySQL connector has them: envelopes with before and after, keys as structs. */
export class DebeziumFormat implements RecordFormat {
  readonly #options: DebeziumOptions;
  readonly #now: () => number;
  readonly #stream: DebeziumStreamRecords;
  readonly #keys: EncodingChoice;
  readonly #values: EncodingChoice;

  /** `registry` has the schemas of what is written as Avro. */
  constructor(options: DebeziumOptions, now: () => number, registry: SchemaRegistry | null = null) {
    this.#options = options;
    this.#now = now;
    this.#keys = { part: 'key', isAvro: options.avroKeys, hasSchemas: options.keySchemas, registry };
    this.#values = { part: 'value', isAvro: options.avroValues, hasSchemas: options.valueSchemas, registry };
    this.#stream = new DebeziumStreamRecords(options, { keys: this.#keys, values: this.#values, now });
  }

  readonly isState = false;
  readonly hasSnapshotMarkers = true;

  get stream(): StreamRecords {
    return this.#stream;
  }

  /** As Kafka Connect creates them: as the broker keeps topics of which it is told nothing. */
  topicConfig(): TopicConfig {
    return {};
  }

  topicOf(table: TableName): string {
    const { topicPrefix, topicDelimiter } = this.#options;
    return sanitizeTopic([topicPrefix, table.database, table.table].join(topicDelimiter));
  }

  keyOf(table: TableSchema): readonly string[] {
    return this.#options.keyColumnsOf(tableName(table)) ?? table.key;
  }

  async openTable(schema: TableSchema, by: TableFormatOptions): Promise<TableFormat> {
    const options = this.#options;
    const details = await readColumnDetails(by.query, schema);
    const { topicPrefix } = options;
    const schemaName = adjustSchemaName(`${topicPrefix}.${tableName(schema)}`, options.schemaNames);
    const included = schema.columns.filter((column) => options.columns.isIncluded(fullName(schema, column)));
    const written = (column: ColumnSchema, isKey: boolean) => this.#written(schema, { column, isKey, details, by });
    const key = this.keyOf(schema);
    const keyColumns = key.map((name) => columnNamed(schema, name));
    const textOf = (columns: readonly ColumnSchema[], isKey: boolean) =>
      new RowText(
        schema,
        columns.map((column) => written(column, isKey)),
      );
    const values = textOf(included, false);
    const keys = keyColumns.length === 0 ? null : textOf(keyColumns, true);
    const of = { topic: this.topicOf(schema), table: tableName(schema) };
    const none: RecordEncoding = (text) => text;
    return new DebeziumTable({
      schema,
      options,
      values,
      keys,
      encodeKey: keys === null ? none : await recordEncoding(keySchema(schemaName, keys.fields), this.#keys, of),
      encodeValue: await recordEncoding(envelopeSchema(schemaName, values.fields), this.#values, of),
      now: this.#now,
    });
  }

  #written(
    schema: TableSchema,
    of: { column: ColumnSchema; isKey: boolean; details: ReadonlyMap<string, ColumnDetails>; by: TableFormatOptions },
  ): WrittenColumn {
    const { column, isKey, details, by } = of;
    const name = fullName(schema, column);
    return {
      index: schema.columns.indexOf(column),
      // Integers of any size come as digits here; the mode of unsigned ones is the column's matter.
      codec: createColumnCodec(column, { ...by, bigint: 'bigint' }),
      column: debeziumColumn(column, {
        options: this.#options,
        details: detailsOf(column, details),
        rule: isKey ? undefined : this.#options.columns.ruleOf(name),
        fullName: name,
      }),
    };
  }
}

/** What the table says of the column now, unless it has another of that name by now. */
function detailsOf(column: ColumnSchema, details: ReadonlyMap<string, ColumnDetails>): ColumnDetails | undefined {
  const found = details.get(column.name);
  return found?.columnType.startsWith(column.type) === true ? found : undefined;
}

function fullName(table: TableName, column: ColumnSchema): string {
  return `${tableName(table)}.${column.name}`;
}

function columnNamed(schema: TableSchema, name: string): ColumnSchema {
  const column = schema.columns.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
  if (column !== undefined) return column;
  throw new MillraceError(
    'CONFIG_INVALID',
    `Expected message.key.columns to name columns of ${tableName(schema)}, got "${name}"`,
    { context: { table: tableName(schema) } },
  );
}
