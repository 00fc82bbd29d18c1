import avsc from 'avsc';

/**
 * What avsc's types are made of, as far as the types here are built on it. avsc is pinned to one version for that: the tests
 * of each type here are what tells whether another one still fits.
 */

/** A cursor over a buffer. Writing beyond the end only moves `pos`, which tells afterwards how much was missing. */
export interface Tap {
  readonly buf: Buffer;
  pos: number;
  /** Zigzag varint: exact up to seven bytes. */
  readLong(): number;
  /** Exact within ±2^52. */
  writeLong(value: number): void;
  /** Undefined beyond the end. */
  readString(): string | undefined;
  writeString(value: string): void;
}

/** Reads what was written by another schema. */
export interface Resolver {
  _read: (tap: Tap) => unknown;
}

/** What every type has. */
export interface InternalType {
  readonly typeName: string;
  _read(tap: Tap): unknown;
  _skip(tap: Tap): void;
}

/** Told of a value that does not fit a type. */
export type InvalidHook = (value: unknown, type: unknown) => void;

type Constructor<A extends unknown[], T> = new (...args: A) => avsc.Type & T;

interface Primitive {
  _check(value: unknown, flags: unknown, hook?: InvalidHook): boolean;
  _read(tap: Tap): unknown;
  _write(tap: Tap, value: unknown): void;
  _update(resolver: Resolver, writer: InternalType): void;
}

interface Union {
  readonly types: readonly InternalType[];
  _getIndex(value: unknown): number | undefined;
}

interface Record {
  readonly fields: readonly { readonly name: string }[];
  _createConstructor(errorStack: boolean, plainRecords: boolean): { prototype: object };
  _createWriter(): (this: unknown, tap: Tap, value: object) => void;
}

interface Items {
  readonly itemsType: InternalType;
  /** Called on a resolver too, whose `itemsType` is a resolver then. */
  _read(this: { readonly itemsType: Resolver }, tap: Tap): unknown[];
  _skip(tap: Tap): void;
}

interface Entries {
  readonly valuesType: InternalType;
  /** Called on a resolver too, whose `valuesType` is a resolver then. */
  _read(this: { readonly valuesType: Resolver }, tap: Tap): object;
  _skip(tap: Tap): void;
}

interface Logical {
  readonly underlyingType: InternalType;
  /** Adds its attributes to a schema that is printed. */
  _export(schema: object): void;
  _fromValue(value: unknown): unknown;
  /** Undefined for a value that does not fit. */
  _toValue(value: unknown): unknown;
  /** How a value that was written as `writer` becomes one of this type; undefined when it cannot. */
  _resolve(writer: InternalType): ((value: unknown) => unknown) | undefined;
}

/** The 64-bit integer type, to build on. Its instances are frozen: what a subclass needs is on its prototype. */
export const LongType = avsc.types.LongType as unknown as Constructor<[], Primitive>;
/** The string type, to build on; frozen likewise. */
export const StringType = avsc.types.StringType as unknown as Constructor<[], Primitive>;
/** The union of types that a value tells apart by itself, to build on; frozen likewise. */
export const UnwrappedUnionType = avsc.types.UnwrappedUnionType as unknown as Constructor<[object, object], Union>;
/** Records, to build on; frozen likewise. */
export const RecordType = avsc.types.RecordType as unknown as Constructor<[object, object], Record>;
/** Arrays, to build on; frozen likewise. */
export const ArrayType = avsc.types.ArrayType as unknown as Constructor<[object, object], Items>;
/** Maps, to build on; frozen likewise. */
export const MapType = avsc.types.MapType as unknown as Constructor<[object, object], Entries>;
/** A type that stands for another one with other values, to build on. */
export const LogicalType = avsc.types.LogicalType as unknown as Constructor<[object, object], Logical>;
