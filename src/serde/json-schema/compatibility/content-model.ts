import { isSchemaNode, type JsonSchemaNode } from '../parsed-json-schema.ts';
import type { Keywords } from './schema-shape.ts';

/** What is said of members that have no schema of their own: anything goes (open), nothing, or what fits a schema. */
export interface ContentModel {
  readonly isOpen: boolean;
  /** Of what else goes; null when nothing or anything does. */
  schemaFor(name: string): JsonSchemaNode | null;
}

/** Of an object: `patternProperties`, then `additionalProperties`, then `unevaluatedProperties`. */
export function propertiesModel(node: Keywords): ContentModel {
  const patterns = Object.entries((node['patternProperties'] ?? {}) as Keywords);
  const rest = restOf(node['additionalProperties'], node['unevaluatedProperties']);
  return {
    isOpen: rest === true && patterns.length === 0,
    schemaFor: (name) => {
      const found = patterns.find(([pattern]) => matches(pattern, name))?.[1];
      if (isSchemaNode(found)) return found;
      return typeof rest === 'boolean' ? null : rest;
    },
  };
}

/** Of an array, behind the items that have schemas of their own. */
export function itemsModel(node: Keywords): ContentModel {
  const rest = restOf(additionalItems(node), node['unevaluatedItems']);
  return { isOpen: rest === true, schemaFor: () => (typeof rest === 'boolean' ? null : rest) };
}

/** The schemas that items have each of their own: `prefixItems`, or `items` where it is an array. */
export function itemSchemas(node: Keywords): readonly JsonSchemaNode[] {
  const schemas = node['prefixItems'] ?? node['items'];
  return Array.isArray(schemas) ? (schemas as JsonSchemaNode[]) : [];
}

/** What items behind those fit: `items` beside `prefixItems`, `additionalItems` beside an array of `items`. */
export function additionalItems(node: Keywords): unknown {
  const { items } = node;
  if (Array.isArray(node['prefixItems']) || typeof items === 'boolean') return items;
  return items === undefined || Array.isArray(items) ? node['additionalItems'] : undefined;
}

/** `unevaluated...` counts only where `additional...` says nothing. Undefined is anything. */
function restOf(additional: unknown, unevaluated: unknown): JsonSchemaNode {
  const rest = additional === undefined || additional === true ? (unevaluated ?? true) : additional;
  if (additional === undefined && isEmpty(rest)) return true;
  return isSchemaNode(rest) ? rest : true;
}

function isEmpty(node: unknown): boolean {
  return typeof node === 'object' && node !== null && Object.keys(node).length === 0;
}

function matches(pattern: string, name: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(name);
  } catch {
    return false;
  }
}
