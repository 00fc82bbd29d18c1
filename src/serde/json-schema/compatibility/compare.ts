import type { JsonSchemaNode } from '../parsed-json-schema.ts';
import type { SchemaShape } from './schema-shape.ts';

/** Two parts of two versions of a schema that stand in the same place. */
export interface ShapePair<S extends SchemaShape = SchemaShape> {
  readonly path: string;
  readonly before: S;
  readonly after: S;
}

/** Two parts with keywords of one kind. */
export type KeywordPair = ShapePair<Extract<SchemaShape, { readonly node: unknown }>>;

/** What keeps what fits one version from fitting the other, each by its name and place; nothing when all fits. */
export type Incompatibilities = readonly string[];

/** Compares parts of two versions of a schema. */
export interface Compare {
  (pair: NodePair): Incompatibilities;
  shapes(pair: ShapePair): Incompatibilities;
}

/** Two schemas that stand in the same place. */
export interface NodePair {
  readonly path: string;
  readonly before: JsonSchemaNode;
  readonly after: JsonSchemaNode;
}
