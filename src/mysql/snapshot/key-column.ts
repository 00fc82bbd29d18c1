import type { ColumnSchema, TableSchema } from '../schema/column-schema.ts';
import type { TextRow } from '../values/row-codec.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import { quoteName } from './select-statement.ts';

/**
 * A place in the order of a table's key: the text of each key column that `KeyColumn.expression` selects. Which of two is
 * first only the server knows, since it has the collations.
 */
export type KeyBound = readonly string[];

/** A column of a key: how its values are selected, and how they are written into a condition, both without any loss. */
export interface KeyColumn {
  /** The column's name, quoted. */
  readonly name: string;
  /** Selects the text of a value for `literal`. */
  readonly expression: string;
  /** Where in a selected row the text is, or its bytes for `bytes`; null when the row does not have it as it is. */
  readonly index: number | null;
  readonly kind: 'number' | 'quoted' | 'bytes';
  /** The character set of text; empty for bytes. */
  readonly introducer: string;
}

const NUMBERS = new Set(['tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'decimal']);
const TEMPORALS = new Set(['date', 'time', 'datetime', 'timestamp']);
/** Members and bits are compared by their number. */
const NUMBERED = new Set(['enum', 'set', 'bit', 'year']);
/** Character sets whose bytes are those of the session's utf8mb4. */
const SAME_BYTES = new Set(['utf8mb4', 'utf8mb3', 'utf8', 'ascii']);

/** What the text of a bound may be, by kind: it comes from a topic, and goes into a statement. */
const ALLOWED: Readonly<Record<KeyColumn['kind'], RegExp>> = {
  number: /^-?\d+(\.\d+)?(e[+-]?\d+)?$/,
  quoted: /^[-0-9: .]+$/,
  bytes: /^([0-9A-Fa-f]{2})*$/,
};

/** The columns of the table's key, in its order. */
export function keyColumnsOf(table: TableSchema): readonly KeyColumn[] {
  return table.key.map((name) => {
    const index = table.columns.findIndex((column) => column.name === name);
    return toKeyColumn(table.columns[index] as ColumnSchema, index);
  });
}

/** Where a selected row is. `extra` is the index of the first of `extraExpressions` in it. */
export function boundOf(columns: readonly KeyColumn[], row: TextRow, extra: number): KeyBound {
  let next = extra;
  return columns.map((column) => {
    const cell = row[column.index ?? next] as Buffer;
    if (column.index === null) {
      next++;
      return cell.toString('latin1');
    }
    return column.kind === 'bytes' ? cell.toString('hex') : cell.toString('latin1');
  });
}

/** What must be selected beside the row so that its bound is known. */
export function extraExpressions(columns: readonly KeyColumn[]): readonly string[] {
  return columns.filter((column) => column.index === null).map((column) => column.expression);
}

/** The condition that a row comes after the bound. */
export function afterBound(columns: readonly KeyColumn[], bound: KeyBound): string {
  return beyond(columns, literalsOf(columns, bound), { strict: '>', inclusive: '>=', last: '>' });
}

/** The condition that a row is at the bound or comes before it. */
export function upToBound(columns: readonly KeyColumn[], bound: KeyBound): string {
  return beyond(columns, literalsOf(columns, bound), { strict: '<', inclusive: '<=', last: '<=' });
}

/** `a >= 1 AND (a > 1 OR (a = 1 AND b > 2))`: written so that the server reads a range of the key. */
function beyond(
  columns: readonly KeyColumn[],
  literals: readonly string[],
  operators: { strict: string; inclusive: string; last: string },
): string {
  const [first] = columns as [KeyColumn];
  const ladder = columns.map((column, index) => {
    const equal = columns.slice(0, index).map((before, at) => `${before.name} = ${literals[at]}`);
    const operator = index === columns.length - 1 ? operators.last : operators.strict;
    return [...equal, `${column.name} ${operator} ${literals[index]}`].join(' AND ');
  });
  if (columns.length === 1) return ladder[0] as string;
  return `${first.name} ${operators.inclusive} ${literals[0]} AND (${ladder.map((step) => `(${step})`).join(' OR ')})`;
}

function literalsOf(columns: readonly KeyColumn[], bound: KeyBound): readonly string[] {
  return columns.map((column, index) => {
    const text = bound[index] ?? '-';
    if (!ALLOWED[column.kind].test(text)) {
      throw new MillraceError(
        'MYSQL_OFFSETS_INVALID',
        `Expected the bound of a chunk to be a ${column.kind}, got another`,
      );
    }
    if (column.kind === 'number') return text;
    return column.kind === 'quoted' ? `'${text}'` : `${column.introducer}X'${text}'`;
  });
}

function toKeyColumn(column: ColumnSchema, at: number): KeyColumn {
  const name = quoteName(column.name);
  if (NUMBERED.has(column.type)) {
    return { name, expression: `(${name} + 0)`, index: null, kind: 'number', introducer: '' };
  }
  if (column.type === 'float' || column.type === 'double') {
    return { name, expression: `(${name} + 0e0)`, index: null, kind: 'number', introducer: '' };
  }
  if (NUMBERS.has(column.type)) return { name, expression: name, index: at, kind: 'number', introducer: '' };
  if (TEMPORALS.has(column.type)) return { name, expression: name, index: at, kind: 'quoted', introducer: '' };
  const isSame = column.charset === null || SAME_BYTES.has(column.charset);
  const introducer = column.charset === null ? '' : `_${column.charset} `;
  return { name, expression: `HEX(${name})`, index: isSame ? at : null, kind: 'bytes', introducer };
}
