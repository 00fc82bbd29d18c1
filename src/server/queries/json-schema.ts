/** The part of JSON Schema (2020-12, as OpenAPI 3.1 has it) that routes use. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Properties;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly enum?: readonly (string | number)[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: string | number | boolean;
  readonly $ref?: string;
  readonly examples?: readonly unknown[];
}

/** Schemas by name. */
export type Properties = Readonly<{ [name: string]: JsonSchema }>;

/** An object with just these members; those named in `optional` may be absent. */
export function object(properties: Properties, optional: readonly string[] = []): JsonSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required, additionalProperties: false };
}

/** A list. */
export function list(items: JsonSchema): JsonSchema {
  return { type: 'array', items };
}

/** A schema among the components of the document. */
export function component(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

/** A string. */
export function text(description: string): JsonSchema {
  return { type: 'string', description };
}

/** A string, or null. */
export function textOrNull(description: string): JsonSchema {
  return { type: ['string', 'null'], description };
}

/** An integer. */
export function integer(description: string): JsonSchema {
  return { type: 'integer', description };
}

/** An integer, or null. */
export function integerOrNull(description: string): JsonSchema {
  return { type: ['integer', 'null'], description };
}

/** True or false. */
export function flag(description: string): JsonSchema {
  return { type: 'boolean', description };
}
