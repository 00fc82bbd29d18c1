/** An Avro schema as a JSON object (or a name, or a union), as Avro's specification 1.12 writes it. */
export type AvroSchema = string | AvroComplexSchema | readonly AvroSchema[];

/** A schema that is an object. What is not of Avro may be there too. */
export interface AvroComplexSchema {
  readonly type: AvroSchema;
  readonly logicalType?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly fields?: readonly AvroField[];
  readonly symbols?: readonly string[];
  readonly items?: AvroSchema;
  readonly values?: AvroSchema;
  readonly [attribute: string]: unknown;
}

/** A field of a record. */
export interface AvroField {
  readonly name: string;
  readonly type: AvroSchema;
  readonly default?: unknown;
  readonly [attribute: string]: unknown;
}

interface PrimitiveValues {
  null: null;
  boolean: boolean;
  int: number;
  long: number;
  float: number;
  double: number;
  bytes: Buffer;
  string: string;
}

type LogicalText =
  | 'decimal'
  | 'date'
  | 'uuid'
  | 'base64'
  | 'time-span-micros'
  | `time-${'millis' | 'micros'}`
  | `${'' | 'local-'}timestamp-${'millis' | 'micros' | 'nanos'}`;

/**
 * The values of a schema that is written as a literal (`const`): records are objects, enums unions of their symbols, unions
 * of null and another type nullable; logical types are strings.
 *
 * `Root` is where names are looked up. A `long` is a number here: with `bigint: 'bigint'` name the type yourself.
 */
export type AvroValue<S, Root = S> = 0 extends 1 & S ? unknown : KnownValue<S, Root>;

/** Of a schema that is not `any`, of which every answer is one. */
type KnownValue<S, Root> = S extends keyof PrimitiveValues
  ? PrimitiveValues[S]
  : S extends string
    ? NamedValue<Root, S>
    : S extends readonly (infer Branch)[]
      ? Branch extends unknown
        ? AvroValue<Branch, Root>
        : never
      : S extends { readonly logicalType: LogicalText }
        ? string
        : ComplexValue<S, Root>;

type ComplexValue<S, Root> = S extends { readonly type: 'record'; readonly fields: infer Fields }
  ? RecordValue<Fields, Root>
  : S extends { readonly type: 'enum'; readonly symbols: readonly (infer Symbol)[] }
    ? Symbol
    : S extends { readonly type: 'array'; readonly items: infer Items }
      ? readonly AvroValue<Items, Root>[]
      : S extends { readonly type: 'map'; readonly values: infer Values }
        ? { readonly [key: string]: AvroValue<Values, Root> }
        : S extends { readonly type: 'fixed' }
          ? Buffer
          : S extends { readonly type: infer Inner }
            ? AvroValue<Inner, Root>
            : unknown;

type RecordValue<Fields, Root> = Fields extends readonly unknown[]
  ? {
      readonly [
        F in Fields[number] as F extends { readonly name: infer Name extends string } ? Name : never
      ]: F extends {
        readonly type: infer T;
      }
        ? AvroValue<T, Root>
        : never;
    }
  : never;

/** The value of the type that is defined under a name anywhere in the schema; `unknown` when it comes from elsewhere. */
type NamedValue<Root, Name extends string> = [FindNamed<Root, Name>] extends [never]
  ? unknown
  : AvroValue<FindNamed<Root, Name>, Root>;

type FindNamed<S, Name extends string> = S extends readonly (infer Branch)[]
  ? FindNamed<Branch, Name>
  : S extends { readonly name: Name; readonly type: 'record' | 'enum' | 'fixed' }
    ? S
    : S extends { readonly fields: readonly (infer F)[] }
      ? F extends { readonly type: infer T }
        ? FindNamed<T, Name>
        : never
      : S extends { readonly items: infer Items }
        ? FindNamed<Items, Name>
        : S extends { readonly values: infer Values }
          ? FindNamed<Values, Name>
          : S extends { readonly type: infer T extends object }
            ? FindNamed<T, Name>
            : never;
