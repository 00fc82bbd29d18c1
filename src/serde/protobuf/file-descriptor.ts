import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor.js';
import { declaredIn, type ProtoFile } from './proto-file.ts';

/** The scalar types' numbers in a FieldDescriptorProto. */
const TYPES: Readonly<Record<string, number>> = {
  double: 1,
  float: 2,
  int64: 3,
  uint64: 4,
  int32: 5,
  fixed64: 6,
  fixed32: 7,
  bool: 8,
  string: 9,
  bytes: 12,
  uint32: 13,
  sfixed32: 15,
  sfixed64: 16,
  sint32: 17,
  sint64: 18,
};
const GROUP = 10;
const MESSAGE = 11;
const ENUM = 14;
const [OPTIONAL, REQUIRED, REPEATED] = [1, 2, 3];

/** A file as a serialized FileDescriptorProto in base64: what clients ask for with `?format=serialized`. */
export function serializedDescriptor(file: ProtoFile, name = 'default'): string {
  const { packageName, syntax, imports, types } = file;
  const message = descriptor.FileDescriptorProto.create({
    name,
    ...(packageName === '' ? {} : { package: packageName }),
    dependency: [...imports],
    messageType: types.filter((type) => type instanceof protobuf.Type).map((type) => messageDescriptor(type, syntax)),
    enumType: types.filter((type) => type instanceof protobuf.Enum).map(enumDescriptor),
    ...(syntax === 'proto2' ? {} : { syntax }),
  });
  return Buffer.from(descriptor.FileDescriptorProto.encode(message).finish()).toString('base64');
}

function messageDescriptor(type: protobuf.Type, syntax: string): descriptor.IDescriptorProto {
  const nested = declaredIn(type, type.filename);
  // Those that nobody wrote, of optional fields, come last.
  const oneofs = type.oneofsArray.toSorted((a, b) => Number(a.isProto3Optional) - Number(b.isProto3Optional));
  const maps = type.fieldsArray.filter(
    (field): field is protobuf.Field & protobuf.MapField => field instanceof protobuf.MapField,
  );
  return {
    name: type.name,
    field: type.fieldsArray.map((field) => fieldDescriptor(field, { syntax, oneofs })),
    nestedType: [
      ...nested.filter((inner) => inner instanceof protobuf.Type).map((inner) => messageDescriptor(inner, syntax)),
      ...maps.map(entryDescriptor),
    ],
    enumType: nested.filter((inner) => inner instanceof protobuf.Enum).map(enumDescriptor),
    oneofDecl: oneofs.map(({ name }) => ({ name })),
    ...reserved(type),
  };
}

function fieldDescriptor(
  field: protobuf.Field,
  { syntax, oneofs }: { syntax: string; oneofs: readonly protobuf.OneOf[] },
): descriptor.IFieldDescriptorProto {
  const isMap = field instanceof protobuf.MapField;
  const fallback = field.options?.['default'] as string | number | boolean | undefined;
  const isOptional = field.partOf?.isProto3Optional === true;
  return {
    name: field.name,
    number: field.id,
    label: field.repeated || isMap ? REPEATED : field.required && syntax === 'proto2' ? REQUIRED : OPTIONAL,
    ...(isMap ? { type: MESSAGE, typeName: `${field.parent?.fullName ?? ''}.${entryName(field)}` } : typeOf(field)),
    ...(field.partOf ? { oneofIndex: oneofs.indexOf(field.partOf) } : {}),
    ...(isOptional ? { proto3Optional: true } : {}),
    ...(fallback === undefined ? {} : { defaultValue: String(fallback) }),
    ...optionsOf(field),
  } as descriptor.IFieldDescriptorProto;
}

function typeOf(field: protobuf.Field): { readonly type: number; readonly typeName?: string } {
  const { resolvedType } = field;
  if (resolvedType instanceof protobuf.Enum) return { type: ENUM, typeName: resolvedType.fullName };
  if (resolvedType instanceof protobuf.Type) {
    return { type: field.delimited ? GROUP : MESSAGE, typeName: resolvedType.fullName };
  }
  return { type: TYPES[field.type] as number };
}

function optionsOf({ options }: protobuf.Field): { readonly options?: descriptor.IFieldOptions } {
  const { packed, deprecated } = (options ?? {}) as { packed?: boolean; deprecated?: boolean };
  if (packed === undefined && deprecated !== true) return {};
  return { options: { ...(packed === undefined ? {} : { packed }), ...(deprecated === true ? { deprecated } : {}) } };
}

/** The message that a map's entries are on the wire. */
function entryDescriptor(field: protobuf.Field & protobuf.MapField): descriptor.IDescriptorProto {
  const keyType = TYPES[field.keyType] as number;
  return {
    name: entryName(field),
    field: [
      { name: 'key', number: 1, label: OPTIONAL, type: keyType },
      { name: 'value', number: 2, label: OPTIONAL, ...typeOf(field) },
    ],
    options: { mapEntry: true },
  } as descriptor.IDescriptorProto;
}

/** As protoc names it: `LineItemsEntry` of `line_items`. */
function entryName({ name }: protobuf.Field): string {
  return `${name.replaceAll(/(?:^|_)([A-Za-z0-9])/g, (_all, letter: string) => letter.toUpperCase())}Entry`;
}

function enumDescriptor(type: protobuf.Enum): descriptor.IEnumDescriptorProto {
  const constants = Object.entries(type.values).map(([name, number]) => ({ name, number }));
  const hasAliases = new Set(Object.values(type.values)).size < constants.length;
  return { name: type.name, value: constants, ...(hasAliases ? { options: { allowAlias: true } } : {}) };
}

function reserved(type: protobuf.Type): Partial<descriptor.IDescriptorProto> {
  const ranges = (type.reserved as protobuf.Type['reserved'] | undefined) ?? [];
  return {
    reservedName: ranges.filter((range) => typeof range === 'string'),
    reservedRange: ranges
      .filter((range): range is number[] => typeof range !== 'string')
      .map(([start = 0, end = 0]) => ({ start, end: end + 1 })),
  };
}
