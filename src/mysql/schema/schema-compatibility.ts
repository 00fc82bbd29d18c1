import type { ColumnSchema } from './column-schema.ts';

/** What a reader of rows sees of a column's values. */
type ValueKind = 'number' | 'wide integer' | 'text' | 'document' | 'shape' | 'vector';

const NUMBERS: readonly string[] = ['tinyint', 'smallint', 'mediumint', 'int', 'float', 'double', 'year'];

/** A column as it is expected: its name, and its type as MySQL writes it (`bigint unsigned`). */
export interface ExpectedColumn {
  readonly name: string;
  readonly columnType: string;
}

/**
 * What those who expect these columns no longer find in a table, in words: columns that are gone, or whose values are of
 * another kind. Columns that are new, wider or narrower are no matter. Empty when they find all.
 */
export function incompatibilities(
  expected: readonly ExpectedColumn[],
  columns: readonly ColumnSchema[],
): readonly string[] {
  return expected.flatMap(({ name, columnType }) => {
    const column = columns.find((candidate) => candidate.name === name);
    if (column === undefined) return [`column "${name}" is gone`];
    const before = kindOf(typeNameOf(columnType), Number(/\((\d+)/.exec(columnType)?.[1] ?? 0));
    const now = kindOf(column.type, column.length);
    return before === now ? [] : [`column "${name}" was a ${before} and is a ${now}`];
  });
}

/** The columns of a table as those who read it now expect them. */
export function expectedColumns(columns: readonly ColumnSchema[]): readonly ExpectedColumn[] {
  return columns.map(({ name, type, length }) => ({ name, columnType: length === 0 ? type : `${type}(${length})` }));
}

function typeNameOf(columnType: string): string {
  return /^\w+/.exec(columnType)?.[0].toLowerCase() ?? '';
}

function kindOf(type: string, length: number): ValueKind {
  if (NUMBERS.includes(type)) return 'number';
  if (type === 'bigint') return 'wide integer';
  if (type === 'bit') return length > 53 ? 'wide integer' : 'number';
  if (type === 'json') return 'document';
  if (type === 'vector') return 'vector';
  return /^geom|point$|string$|polygon$/.test(type) ? 'shape' : 'text';
}
