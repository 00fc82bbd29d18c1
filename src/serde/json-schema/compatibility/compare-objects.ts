import { isSchemaNode, type JsonSchemaNode } from '../parsed-json-schema.ts';
import { compareBounds } from './compare-bounds.ts';
import { compareRest } from './compare-rest.ts';
import { propertiesModel } from './content-model.ts';
import type { Compare, Incompatibilities, KeywordPair } from './compare.ts';
import type { Keywords } from './schema-shape.ts';

/** Two versions of what is said of objects. */
interface ObjectPair {
  readonly path: string;
  readonly before: Keywords;
  readonly after: Keywords;
}

/**
 * Objects. Whether a property may come or go depends on what else was or is allowed: into a closed model one may come that
 * nothing else had the name of, from an open one any may go.
 */
export function compareObjects(pair: KeywordPair, compare: Compare): Incompatibilities {
  const objects = { path: pair.path, before: pair.before.node, after: pair.after.node };
  return [
    ...compareRequired(objects),
    ...compareProperties(objects, compare),
    ...compareDependencies(objects, compare),
    ...compareRest(objects, 'additionalProperties', compare),
    ...compareRest(objects, 'unevaluatedProperties', compare),
    ...compareBounds(objects, { upper: ['maxProperties'], lower: ['minProperties'] }),
  ];
}

function compareRequired({ path, before, after }: ObjectPair): Incompatibilities {
  const properties = propertiesOf(after);
  return Object.keys(propertiesOf(before))
    .filter((name) => name in properties && !isRequired(before, name) && isRequired(after, name))
    .filter((name) => !hasDefault(properties[name]))
    .map((name) => `REQUIRED_ATTRIBUTE_ADDED at ${path}/required/${name}`);
}

function compareProperties(pair: ObjectPair, compare: Compare): Incompatibilities {
  const [was, is] = [propertiesOf(pair.before), propertiesOf(pair.after)];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((name) => {
    const [before, after] = [was[name], is[name]];
    const path = `${pair.path}/properties/${name}`;
    if (before === undefined) return comparedAdded({ ...pair, path, name, schema: after as JsonSchemaNode }, compare);
    if (after === undefined) return comparedRemoved({ ...pair, path, name, schema: before }, compare);
    return compare({ path, before, after });
  });
}

interface OneProperty extends ObjectPair {
  readonly name: string;
  readonly schema: JsonSchemaNode;
}

function comparedRemoved({ path, after, name, schema }: OneProperty, compare: Compare): Incompatibilities {
  const model = propertiesModel(after);
  if (model.isOpen) return [];
  const rest = model.schemaFor(name);
  if (rest === null) return schema === false ? [] : [`PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL at ${path}`];
  const found = compare({ path, before: schema, after: rest });
  return found.length === 0
    ? []
    : [...found, `PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL at ${path}`];
}

function comparedAdded({ path, before, after, name, schema }: OneProperty, compare: Compare): Incompatibilities {
  const model = propertiesModel(before);
  const isNeeded = isRequired(after, name) && !hasDefault(schema);
  if (model.isOpen) {
    if (isAnything(schema)) return [];
    if (!isRequired(after, name)) return [`OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL at ${path}`];
    return [`REQUIRED_PROPERTY_${isNeeded ? '' : 'WITH_DEFAULT_'}ADDED_TO_OPEN_CONTENT_MODEL at ${path}`];
  }
  const rest = model.schemaFor(name);
  const found = rest === null ? [] : compare({ path, before: rest, after: schema });
  return [
    ...found,
    ...(found.length === 0 ? [] : [`PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL at ${path}`]),
    ...(isNeeded ? [`REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL at ${path}`] : []),
  ];
}

function compareDependencies(pair: ObjectPair, compare: Compare): Incompatibilities {
  const [was, is] = [dependenciesOf(pair.before), dependenciesOf(pair.after)];
  return Object.entries(is).flatMap(([name, after]) => {
    const before = was[name];
    const path = `${pair.path}/dependencies/${name}`;
    if (!Array.isArray(after)) {
      return isSchemaNode(before) && isSchemaNode(after)
        ? compare({ path, before, after })
        : [`DEPENDENCY_SCHEMA_ADDED at ${path}`];
    }
    if (!Array.isArray(before)) return [`DEPENDENCY_ARRAY_ADDED at ${path}`];
    if (after.every((needed) => before.includes(needed))) return [];
    const isMore = before.every((needed) => after.includes(needed));
    return [`DEPENDENCY_ARRAY_${isMore ? 'EXTENDED' : 'CHANGED'} at ${path}`];
  });
}

function dependenciesOf(node: Keywords): Keywords {
  return {
    ...(node['dependencies'] as Keywords | undefined),
    ...(node['dependentRequired'] as Keywords | undefined),
    ...(node['dependentSchemas'] as Keywords | undefined),
  };
}

function propertiesOf(node: Keywords): { readonly [name: string]: JsonSchemaNode } {
  return (node['properties'] ?? {}) as { readonly [name: string]: JsonSchemaNode };
}

function isRequired(node: Keywords, name: string): boolean {
  return Array.isArray(node['required']) && node['required'].includes(name);
}

function hasDefault(node: unknown): boolean {
  return typeof node === 'object' && node !== null && 'default' in node;
}

function isAnything(node: JsonSchemaNode): boolean {
  return node === true || (typeof node === 'object' && Object.keys(node).length === 0);
}
