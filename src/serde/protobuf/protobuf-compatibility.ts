import protobuf from 'protobufjs';
import type { ResolvedSchema } from '../registry/schema-language.ts';
import { declaredIn, messagesOf, parseProto, type ProtoFile } from './proto-file.ts';
import { serializedDescriptor } from './file-descriptor.ts';
import { keyKindOf, valueKindOf, type WireKind, wireKindOf } from './wire-kinds.ts';

/** Checks that a schema is one. Throws SCHEMA_INVALID. */
export function mustBeProtobuf(schema: ResolvedSchema): void {
  parseProto(schema);
}

/** A schema as a serialized FileDescriptorProto in base64. Throws SCHEMA_INVALID. */
export function protobufDescriptor(schema: ResolvedSchema): string {
  return serializedDescriptor(parseProto(schema));
}

/**
 * Why data written by one schema cannot be read by another, by the rules that Confluent's registry has for Protobuf; null when
 * it can. Each is named as there, with its place.
 *
 * Fields are told apart by their numbers, whatever they are called: one may come or go unless it is required or in a oneof that
 * stays, and change to a type that is written alike. Messages may come and be moved in the file, not go.
 */
export function protobufUnreadable(reader: ResolvedSchema, writer: ResolvedSchema): string | null {
  const [before, after] = [parseProto(writer), parseProto(reader)];
  const found: string[] = [];
  if (before.packageName !== after.packageName) found.push('PACKAGE_CHANGED at #/');
  const comparison: Comparison = { before, after, found, seen: new Set() };
  compareTypes(comparison, { path: '#', before: before.types, after: after.types });
  return found.length === 0 ? null : found.join(', ');
}

interface Comparison {
  readonly before: ProtoFile;
  readonly after: ProtoFile;
  readonly found: string[];
  /** Messages that are compared already, or being so. */
  readonly seen: Set<string>;
}

type Types = readonly (protobuf.Type | protobuf.Enum)[];

function compareTypes(
  comparison: Comparison,
  { path, before, after }: { readonly path: string; readonly before: Types; readonly after: Types },
): void {
  const messages = new Map(messagesOf(after).map((message) => [message.name, message]));
  for (const message of messagesOf(before)) {
    const place = `${path}/${message.name}`;
    const other = messages.get(message.name);
    if (other === undefined) comparison.found.push(`MESSAGE_REMOVED at ${place}`);
    else compareMessages(comparison, { path: place, before: message, after: other });
  }
}

interface MessagePair {
  readonly path: string;
  readonly before: protobuf.Type;
  readonly after: protobuf.Type;
}

function compareMessages(comparison: Comparison, { path, before, after }: MessagePair): void {
  const pair = `${before.filename}:${before.fullName} ${after.filename}:${after.fullName}`;
  if (comparison.seen.has(pair)) return;
  comparison.seen.add(pair);
  compareOneofs(comparison, { path, before, after });
  const numbers = new Set([...before.fieldsArray, ...after.fieldsArray].map(({ id }) => id));
  for (const number of [...numbers].toSorted((a, b) => a - b)) {
    const [field, other] = [before.fieldsById[number], after.fieldsById[number]];
    if (field !== undefined && other !== undefined) {
      const oneof = oneofOf(other);
      const place = oneof === undefined ? `${path}/${number}` : `${path}/${oneof.name}/${number}`;
      compareFields(comparison, { path: place, before: field, after: other });
    } else if (field !== undefined) compareRemoved(comparison, { path, field, after });
    else if (other?.required === true) comparison.found.push(`REQUIRED_FIELD_ADDED at ${path}/${number}`);
  }
  compareTypes(comparison, {
    path,
    before: declaredIn(before, before.filename),
    after: declaredIn(after, after.filename),
  });
}

/** Fields that were independent of each other may not become ones of which there can be only one. */
function compareOneofs({ found }: Comparison, { path, before, after }: MessagePair): void {
  for (const oneof of writtenOneofs(after)) {
    const earlier = oneof.fieldsArray.map(({ id }) => before.fieldsById[id]).filter((field) => field !== undefined);
    const origins = earlier.map((field) => oneofOf(field)?.name ?? field.id);
    if (new Set(origins).size <= 1) continue;
    const movedIn = origins.filter((origin) => typeof origin === 'number').length;
    found.push(
      `${movedIn > 1 ? 'MULTIPLE_FIELDS_MOVED_TO_ONEOF' : 'FIELD_MOVED_TO_EXISTING_ONEOF'} at ${path}/${oneof.name}`,
    );
  }
}

/** A field may go, unless every message must have it, or others of its oneof stay. */
function compareRemoved(
  { found }: Comparison,
  { path, field, after }: { readonly path: string; readonly field: protobuf.Field; readonly after: protobuf.Type },
): void {
  const oneof = oneofOf(field);
  if (oneof === undefined) {
    if (field.required) found.push(`REQUIRED_FIELD_REMOVED at ${path}/${field.id}`);
    return;
  }
  const stays =
    writtenOneofs(after).some(({ name }) => name === oneof.name) ||
    oneof.fieldsArray.some(({ id }) => after.fieldsById[id] !== undefined);
  if (stays) found.push(`ONEOF_FIELD_REMOVED at ${path}/${oneof.name}/${field.id}`);
}

interface FieldPair {
  readonly path: string;
  readonly before: protobuf.Field;
  readonly after: protobuf.Field;
}

function compareFields(comparison: Comparison, { path, before, after }: FieldPair): void {
  before.resolve();
  after.resolve();
  const [was, is] = [wireKindOf(before), wireKindOf(after)];
  if (was !== 'map' || is !== 'map') {
    compareValues(comparison, { path, before, after }, [was, is]);
    const isNumber = was === is && was !== 'message' && was !== 'text' && was !== 'map';
    const [label, other] = [labelOf(before, comparison.before), labelOf(after, comparison.after)];
    if (isNumber && label !== null && other !== null && label !== other) {
      comparison.found.push(`FIELD_NUMERIC_LABEL_CHANGED at ${path}`);
    }
    return;
  }
  if (
    before instanceof protobuf.MapField &&
    after instanceof protobuf.MapField &&
    keyKindOf(before) !== keyKindOf(after)
  ) {
    comparison.found.push(`FIELD_SCALAR_KIND_CHANGED at ${path}`);
  }
  compareValues(comparison, { path, before, after }, [valueKindOf(before), valueKindOf(after)]);
}

function compareValues(
  comparison: Comparison,
  { path, before, after }: FieldPair,
  [was, is]: readonly [WireKind, WireKind],
): void {
  if (was !== is) {
    const isScalar = [was, is].every((kind) => kind !== 'map' && kind !== 'message');
    comparison.found.push(`${isScalar ? 'FIELD_SCALAR_KIND_CHANGED' : 'FIELD_KIND_CHANGED'} at ${path}`);
  } else if (before.resolvedType instanceof protobuf.Type && after.resolvedType instanceof protobuf.Type) {
    compareReferred(comparison, { path, before: before.resolvedType, after: after.resolvedType });
  }
}

/** The types of fields have the same name, whatever their packages. What the file itself declares is compared there. */
function compareReferred(comparison: Comparison, { path, before, after }: MessagePair): void {
  const name = localName(before, comparison.before);
  if (name !== localName(after, comparison.after)) {
    comparison.found.push(`FIELD_NAMED_TYPE_CHANGED at ${path}`);
    return;
  }
  if (isOwn(before, comparison.before) && isOwn(after, comparison.after)) return;
  const known = comparison.found.length;
  compareMessages(comparison, { path: `#${name.replaceAll('.', '/')}`, before, after });
  if (comparison.found.length > known) comparison.found.push(`FIELD_NAMED_TYPE_CHANGED at ${path}`);
}

function isOwn({ filename }: protobuf.Type, { types }: ProtoFile): boolean {
  return types.some((type) => type.filename === filename);
}

function localName(type: protobuf.Type, { packages }: ProtoFile): string {
  const name = packages.get(type.filename ?? '') ?? '';
  return name === '' ? type.fullName : type.fullName.replace(`.${name}.`, '.');
}

/** Those that someone wrote: fields that proto3 calls optional are in ones of their own. */
function writtenOneofs(type: protobuf.Type): readonly protobuf.OneOf[] {
  return type.oneofsArray.filter((oneof) => !oneof.isProto3Optional);
}

function oneofOf(field: protobuf.Field): protobuf.OneOf | undefined {
  const { partOf } = field;
  return partOf === null || partOf === undefined || partOf.isProto3Optional ? undefined : partOf;
}

/** As it is written; null where none is, which is no change from or to any other. */
function labelOf(field: protobuf.Field, { syntax }: ProtoFile): string | null {
  if (field.repeated) return 'repeated';
  if (field.required) return 'required';
  if (oneofOf(field) !== undefined) return null;
  return syntax === 'proto2' || field.partOf?.isProto3Optional === true ? 'optional' : null;
}
