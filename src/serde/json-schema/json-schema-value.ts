interface TypeValues {
  string: string;
  number: number;
  integer: number;
  boolean: boolean;
  null: null;
}

/**
 * The values of a JSON Schema that is written as a literal (`const`): types, properties (those `required`
 * are there), items, enums, constants, `anyOf`, `oneOf`, and references into the schema itself. What says nothing of the type,
 * or says it by other keywords, is `unknown`; properties beyond those named have no type.
 *
 * `Root` is where references are looked up.
 */
export type JsonSchemaValue<S, Root = S> = 0 extends 1 & S ? unknown : KnownValue<S, Root>;

/** Of a schema that is not `any`, of which every answer is one. */
type KnownValue<S, Root> = S extends { readonly const: infer Constant }
  ? Constant
  : S extends { readonly enum: readonly (infer Member)[] }
    ? Member
    : S extends { readonly $ref: infer Reference extends string }
      ? ReferredValue<Root, Reference>
      : S extends { readonly anyOf: readonly (infer Branch)[] } | { readonly oneOf: readonly (infer Branch)[] }
        ? Branch extends unknown
          ? JsonSchemaValue<Branch, Root>
          : never
        : S extends { readonly type: infer Type }
          ? TypedValue<S, Type, Root>
          : unknown;

type TypedValue<S, Type, Root> = Type extends readonly (infer One)[] ? OneValue<S, One, Root> : OneValue<S, Type, Root>;

type OneValue<S, Type, Root> = Type extends keyof TypeValues
  ? TypeValues[Type]
  : Type extends 'array'
    ? S extends { readonly items: infer Items extends object }
      ? readonly JsonSchemaValue<Items, Root>[]
      : readonly unknown[]
    : Type extends 'object'
      ? ObjectValue<S, Root>
      : unknown;

type ObjectValue<S, Root> = S extends { readonly properties: infer Properties extends object }
  ? Flat<
      {
        readonly [
          Name in keyof Properties as IsThere<S, Properties, Name> extends true ? Name : never
        ]: JsonSchemaValue<Properties[Name], Root>;
      } & {
        readonly [
          Name in keyof Properties as IsThere<S, Properties, Name> extends true ? never : Name
        ]?: JsonSchemaValue<Properties[Name], Root>;
      }
    >
  : S extends { readonly additionalProperties: infer Members extends object }
    ? { readonly [name: string]: JsonSchemaValue<Members, Root> }
    : { readonly [name: string]: unknown };

type IsThere<S, Properties, Name extends keyof Properties> = S extends {
  readonly required: readonly (infer Required)[];
}
  ? Name extends Required
    ? true
    : false
  : false;

/** One object type, as people would write it. */
type Flat<T> = { [Name in keyof T]: T[Name] };

type ReferredValue<Root, Reference extends string> = Reference extends '#'
  ? JsonSchemaValue<Root, Root>
  : Reference extends `#/${infer Place}/${infer Name}`
    ? Root extends { readonly [P in Place]: { readonly [N in Name]: infer Definition } }
      ? JsonSchemaValue<Definition, Root>
      : unknown
    : unknown;
