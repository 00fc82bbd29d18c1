import { isSchemaNode, type JsonSchemaNode } from '../parsed-json-schema.ts';
import { compareBounds } from './compare-bounds.ts';
import { compareRest } from './compare-rest.ts';
import { additionalItems, itemSchemas, itemsModel } from './content-model.ts';
import type { Compare, Incompatibilities, KeywordPair } from './compare.ts';
import type { Keywords } from './schema-shape.ts';

/** Arrays: the items, one by one and all the same, what may be behind them, and how many there are. */
export function compareArrays(
  { path, before: { node: before }, after: { node: after } }: KeywordPair,
  compare: Compare,
): Incompatibilities {
  const arrays = { path, before, after };
  const rest = { path, before: withRest(before), after: withRest(after) };
  return [
    ...compareAll(arrays, compare),
    ...compareEach(arrays, compare),
    ...compareRest(rest, 'additionalItems', compare),
    ...compareRest(arrays, 'unevaluatedItems', compare),
    ...compareBounds(arrays, { upper: ['maxItems', 'maxContains'], lower: ['minItems', 'minContains'] }),
    ...(before['uniqueItems'] !== true && after['uniqueItems'] === true
      ? [`UNIQUE_ITEMS_ADDED at ${path}/uniqueItems`]
      : []),
  ];
}

interface ArrayPair {
  readonly path: string;
  readonly before: Keywords;
  readonly after: Keywords;
}

function compareAll({ path, before, after }: ArrayPair, compare: Compare): Incompatibilities {
  const [was, is] = [allItems(before), allItems(after)];
  if (is === undefined) return [];
  return was === undefined
    ? [`SCHEMA_ADDED at ${path}/items`]
    : compare({ path: `${path}/items`, before: was, after: is });
}

function compareEach(pair: ArrayPair, compare: Compare): Incompatibilities {
  const [was, is] = [itemSchemas(pair.before), itemSchemas(pair.after)];
  return Array.from({ length: Math.max(was.length, is.length) }, (_none, index) => {
    const [before, after] = [was[index], is[index]];
    const path = `${pair.path}/items/${index}`;
    if (before === undefined) return comparedAdded({ ...pair, path, schema: after as JsonSchemaNode }, compare);
    if (after === undefined) return comparedRemoved({ ...pair, path, schema: before }, compare);
    return compare({ path, before, after });
  }).flat();
}

interface OneItem extends ArrayPair {
  readonly schema: JsonSchemaNode;
}

function comparedRemoved({ path, after, schema }: OneItem, compare: Compare): Incompatibilities {
  const model = itemsModel(after);
  if (model.isOpen) return [];
  const rest = model.schemaFor('');
  if (rest === null) return schema === false ? [] : [`ITEM_REMOVED_FROM_CLOSED_CONTENT_MODEL at ${path}`];
  const found = compare({ path, before: schema, after: rest });
  return found.length === 0 ? [] : [...found, `ITEM_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL at ${path}`];
}

function comparedAdded({ path, before, schema }: OneItem, compare: Compare): Incompatibilities {
  const model = itemsModel(before);
  if (model.isOpen) {
    const isAnything = schema === true || (typeof schema === 'object' && Object.keys(schema).length === 0);
    return isAnything ? [] : [`ITEM_ADDED_TO_OPEN_CONTENT_MODEL at ${path}`];
  }
  const rest = model.schemaFor('');
  const found = rest === null ? [] : compare({ path, before: rest, after: schema });
  return found.length === 0 ? [] : [...found, `ITEM_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL at ${path}`];
}

/** The schema that all items have, where they have one. */
function allItems(node: Keywords): JsonSchemaNode | undefined {
  const { items } = node;
  return Array.isArray(node['prefixItems']) || typeof items === 'boolean' || !isSchemaNode(items) ? undefined : items;
}

function withRest(node: Keywords): Keywords {
  return { additionalItems: additionalItems(node) };
}
