import descriptor from 'protobufjs/ext/descriptor.js';
import { MillraceError } from '../../core/millrace-error.ts';

type File = descriptor.IFileDescriptorProto;
type Message = descriptor.IDescriptorProto;
type Field = descriptor.IFieldDescriptorProto;
type Enum = descriptor.IEnumDescriptorProto;

/** The scalar types by their numbers in a FieldDescriptorProto. */
const SCALARS: Readonly<Record<number, string>> = {
  1: 'double',
  2: 'float',
  3: 'int64',
  4: 'uint64',
  5: 'int32',
  6: 'fixed64',
  7: 'fixed32',
  8: 'bool',
  9: 'string',
  12: 'bytes',
  13: 'uint32',
  15: 'sfixed32',
  16: 'sfixed64',
  17: 'sint32',
  18: 'sint64',
};
const STRING = 9;
const BYTES = 12;
const LABELS: Readonly<Record<number, string>> = { 1: 'optional', 2: 'required', 3: 'repeated' };
const REPEATED = 3;

/**
 * The text of a file that is given as a serialized FileDescriptorProto in base64. What is in it beyond messages, enums and
 * their own options (services, extensions, custom options) is no part of what values look like, and is left out.
 *
 * Throws SCHEMA_INVALID.
 */
export function descriptorText(base64: string): string {
  let file: File;
  try {
    file = descriptor.FileDescriptorProto.decode(Buffer.from(base64, 'base64')) as File;
  } catch {
    throw new MillraceError('SCHEMA_INVALID', 'Expected a Protobuf schema as text or as a descriptor, got neither');
  }
  const syntax = file.syntax === undefined || file.syntax === '' ? 'proto2' : file.syntax;
  if (syntax !== 'proto2' && syntax !== 'proto3') {
    throw new MillraceError(
      'SCHEMA_INVALID',
      `Expected a descriptor of proto2 or proto3, got ${syntax}: register its text`,
    );
  }
  const scope = { isProto3: syntax === 'proto3', packageName: file.package ?? '' };
  return [
    `syntax = "${syntax}";`,
    ...(scope.packageName === '' ? [] : [`package ${scope.packageName};`]),
    ...(file.dependency ?? []).map((path: string) => `import "${path}";`),
    ...(file.messageType ?? []).map((message) => messageText(message, scope)),
    ...(file.enumType ?? []).map(enumText),
  ].join('\n');
}

interface Scope {
  readonly isProto3: boolean;
  readonly packageName: string;
}

function messageText(message: Message, scope: Scope): string {
  const entries = new Map((message.nestedType ?? []).filter(isMapEntry).map((entry) => [entry.name, entry]));
  const line = (field: Field): string => fieldText(field, { scope, entries });
  const ofOneof = (index: number): Field[] =>
    (message.field ?? []).filter((field) => isInOneof(field) && field.oneofIndex === index);
  const lines = (message.field ?? []).flatMap((field) => {
    if (!isInOneof(field)) return [line(field)];
    const index = field.oneofIndex as number;
    const fields = ofOneof(index);
    // The whole oneof stands where its first field does.
    return fields[0] === field ? [`oneof ${message.oneofDecl?.[index]?.name ?? ''} {`, ...fields.map(line), '}'] : [];
  });
  return [
    `message ${message.name ?? ''} {`,
    ...lines,
    ...(message.nestedType ?? []).filter((nested) => !isMapEntry(nested)).map((nested) => messageText(nested, scope)),
    ...(message.enumType ?? []).map(enumText),
    ...(message.reservedRange ?? []).map(({ start = 0, end = 0 }) => `reserved ${start} to ${end - 1};`),
    ...(message.reservedName ?? []).map((name) => `reserved "${name}";`),
    '}',
  ].join('\n');
}

function fieldText(
  field: Field,
  { scope, entries }: { scope: Scope; entries: ReadonlyMap<string | undefined, Message> },
): string {
  const { name = '', number = 0, label = 1 } = field;
  const entry = entries.get(field.typeName?.split('.').at(-1));
  if (entry !== undefined && label === REPEATED) {
    const [key = {}, value = {}] = entry.field ?? [];
    return `map<${typeText(key, scope)}, ${typeText(value, scope)}> ${name} = ${number}${optionsText(field)};`;
  }
  return `${labelText(field, scope)}${typeText(field, scope)} ${name} = ${number}${optionsText(field)};`;
}

function labelText(field: Field, { isProto3 }: Scope): string {
  const { label = 1 } = field;
  if (isInOneof(field)) return '';
  if (isProto3 && label !== REPEATED) return field.proto3Optional === true ? 'optional ' : '';
  return `${LABELS[label] ?? ''} `;
}

/** Names of the file's own package stand without it, as people write them. */
function typeText({ type = 0, typeName = '' }: Field, { packageName }: Scope): string {
  const scalar = SCALARS[type];
  if (scalar !== undefined) return scalar;
  const prefix = `.${packageName}.`;
  if (packageName !== '' && typeName.startsWith(prefix)) return typeName.slice(prefix.length);
  return typeName.replace(/^\./, '');
}

function optionsText({ type, defaultValue, options: known, jsonName, name = '' }: Field): string {
  const options = known as unknown as { readonly packed?: boolean; readonly deprecated?: boolean } | null | undefined;
  const isText = type === STRING || type === BYTES;
  const found = [
    ...(defaultValue === undefined || defaultValue === ''
      ? []
      : [`default = ${isText ? JSON.stringify(defaultValue) : defaultValue}`]),
    ...(jsonName === undefined || jsonName === '' || jsonName === camelCase(name) ? [] : [`json_name = "${jsonName}"`]),
    ...(options?.packed === undefined || options === null || !Object.hasOwn(options, 'packed')
      ? []
      : [`packed = ${options.packed}`]),
    ...(options?.deprecated === true ? ['deprecated = true'] : []),
  ];
  return found.length === 0 ? '' : ` [${found.join(', ')}]`;
}

function enumText({ name = '', value = [], options }: Enum): string {
  return [
    `enum ${name} {`,
    ...(options?.allowAlias === true ? ['option allow_alias = true;'] : []),
    ...value.map((constant) => `${constant.name ?? ''} = ${constant.number ?? 0};`),
    '}',
  ].join('\n');
}

function isMapEntry({ options }: Message): boolean {
  return options?.mapEntry === true;
}

/** Fields that proto3 calls optional are in oneofs of their own, which nobody wrote. */
function isInOneof(field: Field): boolean {
  return Object.hasOwn(field, 'oneofIndex') && field.proto3Optional !== true;
}

function camelCase(name: string): string {
  return name.replaceAll(/_+([A-Za-z0-9])/g, (_all, letter: string) => letter.toUpperCase());
}
