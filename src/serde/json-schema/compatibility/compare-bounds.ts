import type { Incompatibilities, KeywordPair } from './compare.ts';
import type { Keywords } from './schema-shape.ts';

/** Whether an upper bound came or fell, a lower one came or rose: `MAX_LENGTH_DECREASED at #/maxLength`. */
export function compareBounds(
  { path, before, after }: { readonly path: string; readonly before: Keywords; readonly after: Keywords },
  bounds: { readonly upper: readonly string[]; readonly lower: readonly string[] },
): Incompatibilities {
  return [
    ...bounds.upper.flatMap((keyword) => boundFound(keyword, { path, before, after, direction: -1 })),
    ...bounds.lower.flatMap((keyword) => boundFound(keyword, { path, before, after, direction: 1 })),
  ];
}

/** Strings: their length and their pattern. */
export function compareStrings({
  path,
  before: { node: before },
  after: { node: after },
}: KeywordPair): Incompatibilities {
  const found = compareBounds({ path, before, after }, { upper: ['maxLength'], lower: ['minLength'] });
  const [was, is] = [before['pattern'], after['pattern']];
  if (is === undefined || was === is) return found;
  return [...found, `${was === undefined ? 'PATTERN_ADDED' : 'PATTERN_CHANGED'} at ${path}/pattern`];
}

/** Numbers: their bounds, what they are multiples of, and whether they are whole. */
export function compareNumbers({
  path,
  before: { node: before },
  after: { node: after },
}: KeywordPair): Incompatibilities {
  const bounds = { upper: ['maximum', 'exclusiveMaximum'], lower: ['minimum', 'exclusiveMinimum'] };
  const found = [...compareBounds({ path, before: withLimits(before), after: withLimits(after) }, bounds)];
  const [was, is] = [before['multipleOf'], after['multipleOf']];
  if (typeof is === 'number' && was !== is) {
    if (typeof was !== 'number') found.push(`MULTIPLE_OF_ADDED at ${path}/multipleOf`);
    else if (isMultiple(is, was)) found.push(`MULTIPLE_OF_EXPANDED at ${path}/multipleOf`);
    else if (!isMultiple(was, is)) found.push(`MULTIPLE_OF_CHANGED at ${path}/multipleOf`);
  }
  if (before['type'] !== 'integer' && after['type'] === 'integer') found.push(`TYPE_NARROWED at ${path}`);
  return found;
}

function boundFound(
  keyword: string,
  {
    path,
    before,
    after,
    direction,
  }: { readonly path: string; readonly before: Keywords; readonly after: Keywords; readonly direction: -1 | 1 },
): string[] {
  const [was, is] = [before[keyword], after[keyword]];
  if (typeof is !== 'number' || was === is) return [];
  const name = keyword.replaceAll(/[A-Z]/g, '_$&').toUpperCase();
  if (typeof was !== 'number') return [`${name}_ADDED at ${path}/${keyword}`];
  if (Math.sign(is - was) !== direction) return [];
  return [`${name}_${direction === 1 ? 'INCREASED' : 'DECREASED'} at ${path}/${keyword}`];
}

/** Draft 4 says by a boolean that a bound is exclusive. */
function withLimits(node: Keywords): Keywords {
  if (typeof node['exclusiveMaximum'] !== 'boolean' && typeof node['exclusiveMinimum'] !== 'boolean') return node;
  const isAbove = node['exclusiveMinimum'] === true;
  const isBelow = node['exclusiveMaximum'] === true;
  const { minimum, maximum, ...rest } = node;
  return {
    ...rest,
    [isAbove ? 'exclusiveMinimum' : 'minimum']: minimum,
    [isBelow ? 'exclusiveMaximum' : 'maximum']: maximum,
  };
}

/** Exact for the decimals that people write: 10 is a multiple of 0.5, and 0.3 of 0.1. */
function isMultiple(value: number, of: number): boolean {
  if (of === 0) return false;
  const scale = 10 ** Math.max(decimals(value), decimals(of));
  return Math.round(value * scale) % Math.round(of * scale) === 0;
}

function decimals(value: number): number {
  const [digits = '', exponent = '0'] = String(value).split('e');
  return Math.max(0, (digits.split('.')[1] ?? '').length - Number(exponent));
}
