import type { JsonSchemaNode } from '../parsed-json-schema.ts';
import type { Compare, Incompatibilities, KeywordPair, NodePair, ShapePair } from './compare.ts';
import { compareArrays } from './compare-arrays.ts';
import { compareCombined } from './compare-combined.ts';
import { compareNumbers, compareStrings } from './compare-bounds.ts';
import { compareObjects } from './compare-objects.ts';
import { type CombinedShape, type RefersTo, type SchemaShape, shapeOf } from './schema-shape.ts';

/**
 * What keeps values that fit one version of a schema from fitting another.
 *
 * Schemas may refer to themselves. A pair that is met again while it is being compared is taken as compatible, or as what an
 * earlier round found of it: rounds go on until they find nothing new. Pairs found incompatible only grow in number, so they
 * end. This is the greatest fixed point: a circle is compatible unless something in it is not.
 */
export function jsonSchemaIncompatibilities(
  { before, after }: { before: JsonSchemaNode; after: JsonSchemaNode },
  refersTo: { readonly before: RefersTo; readonly after: RefersTo },
): Incompatibilities {
  let known: ReadonlyMap<string, Incompatibilities> = new Map();
  for (;;) {
    const round = new ComparisonRound(known, refersTo);
    const found = round.compareNodes({ path: '#', before, after });
    if (!round.hasAssumed || round.incompatible.size === known.size) return found;
    known = round.incompatible;
  }
}

class ComparisonRound {
  readonly incompatible = new Map<string, Incompatibilities>();
  hasAssumed = false;
  readonly #earlier: ReadonlyMap<string, Incompatibilities>;
  readonly #refersTo: { readonly before: RefersTo; readonly after: RefersTo };
  readonly #done = new Map<string, Incompatibilities>();
  readonly #running = new Set<string>();

  constructor(
    earlier: ReadonlyMap<string, Incompatibilities>,
    refersTo: { readonly before: RefersTo; readonly after: RefersTo },
  ) {
    this.#earlier = earlier;
    this.#refersTo = refersTo;
  }

  compareNodes({ path, before, after }: NodePair): Incompatibilities {
    const pair = JSON.stringify([before, after]);
    const done = this.#done.get(pair);
    if (done !== undefined) return done;
    if (this.#running.has(pair)) {
      const earlier = this.#earlier.get(pair);
      if (earlier === undefined) this.hasAssumed = true;
      return earlier ?? [];
    }
    this.#running.add(pair);
    const found = this.#compareShapes({
      path,
      before: shapeOf(before, this.#refersTo.before),
      after: shapeOf(after, this.#refersTo.after),
    });
    this.#running.delete(pair);
    this.#done.set(pair, found);
    if (found.length > 0) this.incompatible.set(pair, found);
    return found;
  }

  #compareShapes(pair: ShapePair): Incompatibilities {
    const compare: Compare = Object.assign((nodes: NodePair) => this.compareNodes(nodes), {
      shapes: (shapes: ShapePair) => this.#compareShapes(shapes),
    });
    const { before, after, path } = pair;
    if (hasFitting(pair, compare)) return [];
    if (before.kind === 'none' || after.kind === 'any') return [];
    if (before.kind !== after.kind) return areBytes(before, after) ? [] : [`TYPE_CHANGED at ${path}`];
    switch (before.kind) {
      case 'string':
        return compareStrings(pair as KeywordPair);
      case 'number':
        return compareNumbers(pair as KeywordPair);
      case 'object':
        return compareObjects(pair as KeywordPair, compare);
      case 'array':
        return compareArrays(pair as KeywordPair, compare);
      case 'combined':
        return compareCombined(pair as ShapePair<CombinedShape>, compare);
      default:
        return compareOthers(pair, compare);
    }
  }
}

/** A schema beside several: one of any that it fits, or one of all that fits it, is enough. */
function hasFitting({ path, before, after }: ShapePair, compare: Compare): boolean {
  if (after.kind === 'combined' && before.kind !== 'combined') {
    if (after.criterion === 'allOf' && after.parts.length !== 1) return false;
    return after.parts.some((part) => compare.shapes({ path, before, after: part }).length === 0);
  }
  if (before.kind === 'combined' && after.kind !== 'combined') {
    if (before.criterion !== 'allOf' && before.parts.length !== 1) return false;
    return before.parts.some((part) => compare.shapes({ path, before: part, after }).length === 0);
  }
  return false;
}

function compareOthers({ path, before, after }: ShapePair, compare: Compare): Incompatibilities {
  if (before.kind === 'const' && after.kind === 'const') {
    return isSame(before.value, after.value) ? [] : [`ENUM_ARRAY_CHANGED at ${path}/const`];
  }
  if (before.kind === 'enum' && after.kind === 'enum') {
    const isIn = (values: readonly unknown[]) => (value: unknown) => values.some((other) => isSame(value, other));
    if (before.values.every(isIn(after.values))) return [];
    return [
      `${after.values.every(isIn(before.values)) ? 'ENUM_ARRAY_NARROWED' : 'ENUM_ARRAY_CHANGED'} at ${path}/enum`,
    ];
  }
  if (before.kind === 'not' && after.kind === 'not') {
    // What must not fit is compared the other way round.
    const found = compare({ path: `${path}/not`, before: after.part, after: before.part });
    return found.length === 0 ? [] : [`NOT_TYPE_EXTENDED at ${path}/not`];
  }
  return [];
}

/** Kafka Connect's decimals, which its converter has written both as text and as numbers. */
function areBytes(...shapes: readonly SchemaShape[]): boolean {
  return shapes.every((shape) => 'node' in shape && shape.node['connect.type'] === 'bytes');
}

function isSame(value: unknown, other: unknown): boolean {
  return JSON.stringify(value) === JSON.stringify(other);
}
