import type { JsonSchemaNode } from '../parsed-json-schema.ts';

/** What a schema says of values, by the kind of value: keywords of one kind stand together, several kinds are an `allOf`. */
export type SchemaShape =
  | { readonly kind: 'any' | 'none' | 'boolean' | 'null' | 'conditional'; readonly source: unknown }
  | { readonly kind: 'string' | 'number' | 'object' | 'array'; readonly source: KeywordSource; readonly node: Keywords }
  | { readonly kind: 'const'; readonly source: unknown; readonly value: unknown }
  | { readonly kind: 'enum'; readonly source: unknown; readonly values: readonly unknown[] }
  | { readonly kind: 'not'; readonly source: unknown; readonly part: JsonSchemaNode }
  | CombinedShape;

/** Several schemas of which all, any, or one are to fit. */
export interface CombinedShape {
  readonly kind: 'combined';
  readonly source: unknown;
  readonly criterion: Criterion;
  readonly parts: readonly SchemaShape[];
}

export type Criterion = 'allOf' | 'anyOf' | 'oneOf';

/** The keywords of a schema. */
export interface Keywords {
  readonly [keyword: string]: unknown;
}

/** What two shapes are the same by: the kind and the keywords. */
type KeywordSource = readonly [kind: string, node: Keywords];

/** What finds the schema that a `$ref` goes to, from where it stands. */
export type RefersTo = (reference: string) => JsonSchemaNode;

const CRITERIA: readonly Criterion[] = ['allOf', 'anyOf', 'oneOf'];

/** Keywords by which a schema that names no type is one of a kind. */
const KEYWORDS = Object.freeze({
  object: [
    'properties',
    'required',
    'additionalProperties',
    'minProperties',
    'maxProperties',
    'dependencies',
    'patternProperties',
    'propertyNames',
    'dependentRequired',
    'dependentSchemas',
    'unevaluatedProperties',
  ],
  array: [
    'items',
    'prefixItems',
    'additionalItems',
    'minItems',
    'maxItems',
    'uniqueItems',
    'contains',
    'unevaluatedItems',
  ],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  string: ['minLength', 'maxLength', 'pattern', 'format'],
});

/** The shape of a schema. References are followed; `depth` of them at most in a row. */
export function shapeOf(node: JsonSchemaNode, refersTo: RefersTo, depth = 100): SchemaShape {
  if (typeof node === 'boolean') return { kind: node ? 'any' : 'none', source: node };
  const parts = [
    ...(typeof node['$ref'] === 'string' && depth > 0 ? [shapeOf(refersTo(node['$ref']), refersTo, depth - 1)] : []),
    ...(Array.isArray(node['enum'])
      ? [{ kind: 'enum', source: ['enum', node['enum']], values: node['enum'] } as const]
      : []),
    ...CRITERIA.flatMap((criterion) => combined(node, criterion, refersTo)),
    ...(node['not'] === undefined
      ? []
      : [{ kind: 'not', source: ['not', node['not']], part: node['not'] as JsonSchemaNode } as const]),
    ...('const' in node ? [{ kind: 'const', source: ['const', node['const']], value: node['const'] } as const] : []),
    ...('if' in node ? [{ kind: 'conditional', source: node['if'] } as const] : []),
    ...typed(node),
  ];
  if (parts.length === 1) return parts[0] as SchemaShape;
  return parts.length === 0
    ? { kind: 'any', source: true }
    : { kind: 'combined', source: node, criterion: 'allOf', parts };
}

function combined(node: Keywords, criterion: Criterion, refersTo: RefersTo): SchemaShape[] {
  const members = node[criterion];
  if (!Array.isArray(members)) return [];
  const parts = members.map((member) => shapeOf(member as JsonSchemaNode, refersTo));
  return [{ kind: 'combined', source: [criterion, members], criterion, parts }];
}

function typed(node: Keywords): SchemaShape[] {
  const { type } = node;
  if (typeof type === 'string') return [ofType(type, node)];
  if (Array.isArray(type)) {
    const parts = type.map((one) => ofType(String(one), node));
    return [{ kind: 'combined', source: ['type', node], criterion: 'anyOf', parts }];
  }
  return (Object.keys(KEYWORDS) as (keyof typeof KEYWORDS)[])
    .filter((kind) => KEYWORDS[kind].some((keyword) => keyword in node))
    .map((kind) => ofType(kind, node));
}

function ofType(type: string, node: Keywords): SchemaShape {
  switch (type) {
    case 'integer':
      return { kind: 'number', source: ['integer', node], node: { ...node, type: 'integer' } };
    case 'number':
    case 'string':
    case 'object':
    case 'array':
      return { kind: type, source: [type, node], node: { ...node, type } };
    case 'boolean':
    case 'null':
      return { kind: type, source: type };
    default:
      return { kind: 'any', source: true };
  }
}
