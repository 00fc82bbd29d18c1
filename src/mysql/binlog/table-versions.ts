import { MillraceError } from '../../core/millrace-error.ts';
import { tableName, type TableName, type TableSchema } from '../schema/column-schema.ts';
import type { ByteCursor } from './byte-cursor.ts';
import { requireSchemaOfTableMap, schemaOfTableMap, type TableNaming } from './mapped-schema.ts';
import { RowReader } from './row-reader.ts';
import type { TableVersion } from './rows-cursor.ts';
import { readTableMap, readTableMapName, type TableMap } from './table-map.ts';

interface DescribedTable {
  /** The description as it came; the next one is mostly the same. */
  readonly bytes: Buffer;
  readonly name: TableName;
  /** Undefined when the table's rows are not wanted. */
  readonly version: TableVersion | undefined;
}

/** The tables of the binlog as TABLE_MAP events described them last, by the id that row events name them by. */
export class TableVersions {
  readonly #naming: TableNaming;
  readonly #describe: ((table: TableName) => Promise<TableSchema>) | undefined;
  readonly #tables = new Map<number, DescribedTable>();
  #wanted = new Set<string>();
  /** `database.table` of the table that was described or looked up last; undefined before the first. */
  lastName: string | undefined;

  constructor(options: {
    readonly tables: readonly TableName[];
    readonly naming: TableNaming;
    readonly describe?: (table: TableName) => Promise<TableSchema>;
  }) {
    this.#naming = options.naming;
    this.#describe = options.describe;
    this.watch(options.tables);
  }

  /** Wants the rows of these tables, which take effect with their next description. */
  watch(tables: readonly TableName[]): void {
    this.#wanted = new Set(tables.map(keyOf));
    this.#tables.clear();
  }

  /** Forgets all tables. */
  clear(): void {
    this.#tables.clear();
    this.lastName = undefined;
  }

  /** The version of a table; undefined when its rows are not wanted. Throws MYSQL_EVENT_UNREADABLE when it is not known. */
  versionOf(tableId: number): TableVersion | undefined {
    const table = this.#tables.get(tableId);
    if (table === undefined) {
      this.lastName = undefined;
      throw new MillraceError('MYSQL_EVENT_UNREADABLE', 'Expected rows of a table that was described before');
    }
    this.lastName = tableName(table.name);
    return table.version;
  }

  /**
   * Takes a TABLE_MAP event. Waits only where the server does not tell names (binlog_row_metadata=MINIMAL). Throws
   * MYSQL_EVENT_UNREADABLE, MYSQL_UNSUPPORTED_COLUMN, MYSQL_SETTING_UNSUPPORTED, MYSQL_SCHEMA_MISMATCH.
   */
  describe(cursor: ByteCursor): Promise<void> | undefined {
    const start = cursor.at;
    const name = readTableMapName(cursor);
    const bytes = cursor.bytes.subarray(start);
    this.lastName = tableName(name);
    const known = this.#tables.get(name.tableId);
    if (known !== undefined && known.bytes.equals(bytes)) return undefined;
    this.#tables.delete(name.tableId);
    // A copy, since the bytes are those of a whole chunk of the connection.
    const described = { bytes: Buffer.from(bytes), name, version: undefined };
    if (!this.#wanted.has(keyOf(name))) {
      this.#tables.set(name.tableId, described);
      return undefined;
    }
    const map = readTableMap(cursor, name);
    const schema = schemaOfTableMap(map, this.#naming);
    if (schema === undefined) return this.#describeFromServer(map, { tableId: name.tableId, described });
    this.#tables.set(name.tableId, { ...described, version: toVersion(schema, map) });
    return undefined;
  }

  async #describeFromServer(map: TableMap, table: { tableId: number; described: DescribedTable }): Promise<void> {
    if (this.#describe === undefined) {
      throw new MillraceError(
        'MYSQL_SETTING_UNSUPPORTED',
        `Expected table ${map.database}.${map.table} to be described in full in the binlog, got less: SET PERSIST binlog_row_metadata = FULL`,
      );
    }
    const schema = await this.#describe({ database: map.database, table: map.table });
    requireSchemaOfTableMap(schema, map, this.#naming);
    this.#tables.set(table.tableId, { ...table.described, version: toVersion(schema, map) });
  }
}

function toVersion(schema: TableSchema, map: TableMap): TableVersion {
  return { schema, columns: map.columns, reader: new RowReader(map.columns) };
}

function keyOf({ database, table }: TableName): string {
  return `${database}\0${table}`;
}
