import type { RowsChanged } from '../binlog/binlog-reader.ts';
import { tableName } from '../schema/column-schema.ts';
import type { Cascade } from '../schema/read-cascades.ts';

/** Tells which captured tables a change has changed along, through foreign keys, without events of their own. */
export class UnloggedCascades {
  readonly #byParent: ReadonlyMap<string, readonly Cascade[]>;

  constructor(cascades: readonly Cascade[]) {
    this.#byParent = Map.groupBy(cascades, (cascade) => tableName(cascade.parent));
  }

  /** The tables (`database.table`) that may have lost or changed rows; mostly none. */
  reachedBy(change: RowsChanged): readonly string[] {
    if (change.hasCascades || change.operation === 'insert') return NONE;
    const cascades = this.#byParent.get(tableName(change.table));
    if (cascades === undefined) return NONE;
    return cascades.filter((cascade) => follows(cascade, change)).flatMap((cascade) => cascade.reached);
  }
}

const NONE: readonly string[] = [];

function follows(cascade: Cascade, change: RowsChanged): boolean {
  if (change.operation === 'delete') return cascade.onDelete;
  if (!cascade.onUpdate) return false;
  const { columns } = change.table;
  const indexes = cascade.columns.map((name) => columns.findIndex((column) => column.name === name));
  return change.rows.some((after, row) => indexes.some((index) => !isSame(after[index], change.before[row]?.[index])));
}

function isSame(left: unknown, right: unknown): boolean {
  return Buffer.isBuffer(left) && Buffer.isBuffer(right) ? left.equals(right) : left === right;
}
