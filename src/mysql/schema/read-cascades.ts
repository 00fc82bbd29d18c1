import type { MysqlConnection, TextCells } from '../connection/mysql-connection.ts';
import { tableName, type TableName } from './column-schema.ts';

/**
 * A foreign key by which a change of a parent's row changes rows of captured tables.
 *
 * Before MySQL 9.6, and in sessions whose user was changed since, InnoDB does so by itself, and the binlog has nothing of it.
 */
export interface Cascade {
  readonly parent: TableName;
  /** Columns of the parent that are referred to. */
  readonly columns: readonly string[];
  /** Whether a deleted parent deletes or changes its children. */
  readonly onDelete: boolean;
  /** Whether a changed key of a parent changes its children. */
  readonly onUpdate: boolean;
  /** The captured tables that it may reach, at first or through other foreign keys: `database.table`. */
  readonly reached: readonly string[];
}

interface ForeignKey extends Omit<Cascade, 'reached'> {
  readonly child: string;
}

const FOREIGN_KEYS = `SELECT r.CONSTRAINT_SCHEMA, r.TABLE_NAME, k.REFERENCED_TABLE_SCHEMA, k.REFERENCED_TABLE_NAME, r.DELETE_RULE,
    r.UPDATE_RULE, GROUP_CONCAT(k.REFERENCED_COLUMN_NAME ORDER BY k.ORDINAL_POSITION SEPARATOR '\\0')
  FROM information_schema.REFERENTIAL_CONSTRAINTS r
  JOIN information_schema.KEY_COLUMN_USAGE k
    ON k.CONSTRAINT_SCHEMA = r.CONSTRAINT_SCHEMA AND k.CONSTRAINT_NAME = r.CONSTRAINT_NAME AND k.TABLE_NAME = r.TABLE_NAME
  WHERE r.DELETE_RULE IN ('CASCADE', 'SET NULL') OR r.UPDATE_RULE IN ('CASCADE', 'SET NULL')
  GROUP BY r.CONSTRAINT_SCHEMA, r.CONSTRAINT_NAME, r.TABLE_NAME, k.REFERENCED_TABLE_SCHEMA, k.REFERENCED_TABLE_NAME,
    r.DELETE_RULE, r.UPDATE_RULE`;

/** The foreign keys that the user may see and that reach a captured table. */
export async function readCascades(
  connection: MysqlConnection,
  captured: readonly TableName[],
): Promise<readonly Cascade[]> {
  const keys = (await connection.query(FOREIGN_KEYS)).map(toForeignKey);
  const names = new Set(captured.map(tableName));
  return keys
    .map(({ child, ...key }) => ({ ...key, reached: [...descendants(child, keys)].filter((name) => names.has(name)) }))
    .filter((cascade) => cascade.reached.length > 0);
}

function toForeignKey([
  database,
  table,
  parentDatabase,
  parentTable,
  onDelete,
  onUpdate,
  columns,
]: TextCells): ForeignKey {
  return {
    child: tableName({ database: database as string, table: table as string }),
    parent: { database: parentDatabase as string, table: parentTable as string },
    columns: (columns as string).split('\0'),
    onDelete: acts(onDelete),
    onUpdate: acts(onUpdate),
  };
}

function acts(rule: string | null | undefined): boolean {
  return rule === 'CASCADE' || rule === 'SET NULL';
}

/** The table and all that it reaches by foreign keys of its own. */
function descendants(table: string, keys: readonly ForeignKey[]): Set<string> {
  const found = new Set([table]);
  // A set hands out what is added while it is walked through.
  for (const name of found) {
    for (const key of keys) if (tableName(key.parent) === name) found.add(key.child);
  }
  return found;
}
