import type { Compare, Incompatibilities, ShapePair } from './compare.ts';
import type { CombinedShape, SchemaShape } from './schema-shape.ts';

/** `allOf`, `anyOf`, `oneOf`: alternatives may be added and conditions dropped, and each of the fewer goes with one of the others. */
export function compareCombined(pair: ShapePair<CombinedShape>, compare: Compare): Incompatibilities {
  const { path, before, after } = pair;
  if (!mayBecome(before, after)) return [`COMBINED_TYPE_CHANGED at ${path}`];
  const [was, is] = [distinct(before.parts), distinct(after.parts)];
  const found: string[] = [];
  if (was.length < is.length && after.criterion === 'allOf') found.push(`PRODUCT_TYPE_EXTENDED at ${path}`);
  if (was.length > is.length && before.criterion !== 'allOf') found.push(`SUM_TYPE_NARROWED at ${path}`);
  const fitting = was.map((part, index) =>
    is.map(
      (other) =>
        compare.shapes({ path: `${path}/${before.criterion}/${index}`, before: part, after: other }).length === 0,
    ),
  );
  if (pairs(fitting, is.length) < Math.min(was.length, is.length)) {
    found.push(`COMBINED_TYPE_SUBSCHEMAS_CHANGED at ${path}`);
  }
  return found;
}

/** Any of several is the weakest; with one part alone all are the same. */
function mayBecome(before: CombinedShape, after: CombinedShape): boolean {
  if (before.criterion === after.criterion || after.criterion === 'anyOf') return true;
  const [wasOne, isOne] = [before.parts.length === 1, after.parts.length === 1];
  return (wasOne && isOne) || (wasOne && after.criterion === 'oneOf') || (isOne && before.criterion === 'allOf');
}

function distinct(parts: readonly SchemaShape[]): readonly SchemaShape[] {
  return [...new Map(parts.map((part) => [JSON.stringify(part.source), part])).values()];
}

/** How many rows find a column of their own among those that fit: Kuhn's algorithm for a largest matching. */
function pairs(fitting: readonly (readonly boolean[])[], columns: number): number {
  const rowOf = Array.from<number | undefined>({ length: columns });
  const place = (row: number, tried: Set<number>): boolean => {
    for (let column = 0; column < columns; column++) {
      if (fitting[row]?.[column] !== true || tried.has(column)) continue;
      tried.add(column);
      const other = rowOf[column];
      if (other !== undefined && !place(other, tried)) continue;
      rowOf[column] = row;
      return true;
    }
    return false;
  };
  return fitting.reduce((count, _row, row) => count + (place(row, new Set()) ? 1 : 0), 0);
}
