import protobuf from 'protobufjs';

/**
 * What of a field's type decides whether one version reads what another wrote: types of one kind are written alike. Numbers
 * of an enum are those of an int32. See https://protobuf.dev/programming-guides/proto3/#updating.
 */
export type WireKind = 'number' | 'zigzag' | 'text' | 'fixed32' | 'fixed64' | 'float' | 'double' | 'message' | 'map';

const KINDS: Readonly<Record<string, WireKind>> = {
  int32: 'number',
  int64: 'number',
  uint32: 'number',
  uint64: 'number',
  bool: 'number',
  sint32: 'zigzag',
  sint64: 'zigzag',
  string: 'text',
  bytes: 'text',
  fixed32: 'fixed32',
  sfixed32: 'fixed32',
  fixed64: 'fixed64',
  sfixed64: 'fixed64',
  float: 'float',
  double: 'double',
};

/** The kind of a field, which is resolved. */
export function wireKindOf(field: protobuf.Field): WireKind {
  return field instanceof protobuf.MapField ? 'map' : valueKindOf(field);
}

/** The kind of a field's values: of a map, those of its entries. */
export function valueKindOf({ type, resolvedType }: protobuf.Field): WireKind {
  if (resolvedType instanceof protobuf.Enum) return 'number';
  return KINDS[type] ?? 'message';
}

/** The kind of a map's keys. */
export function keyKindOf({ keyType }: protobuf.MapField): WireKind {
  return KINDS[keyType] ?? 'text';
}
