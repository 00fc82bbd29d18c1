import { MillraceError } from '../../core/millrace-error.ts';
import { jsonFromBinary } from './json-binary.ts';
import { JsonBinaryType as Type } from './json-binary-type.ts';

/** A document taken apart, so that it can be changed: scalars stay in their binary form. */
export type JsonNode = JsonScalar | JsonObject | JsonArray;

export interface JsonScalar {
  readonly kind: 'scalar';
  readonly type: number;
  readonly data: Buffer;
}

export interface JsonObject {
  readonly kind: 'object';
  /** In MySQL's order: by length, then by bytes. */
  readonly members: JsonMember[];
}

export interface JsonMember {
  readonly key: Buffer;
  value: JsonNode;
}

export interface JsonArray {
  readonly kind: 'array';
  readonly items: JsonNode[];
}

/** Bytes of scalars of a fixed size. */
const SCALAR_BYTES: Readonly<{ [type: number]: number }> = {
  [Type.LITERAL]: 1,
  [Type.INT16]: 2,
  [Type.UINT16]: 2,
  [Type.INT32]: 4,
  [Type.UINT32]: 4,
  [Type.INT64]: 8,
  [Type.UINT64]: 8,
  [Type.DOUBLE]: 8,
};
/** Scalars that a container with four-byte offsets holds in place of an offset. */
const INLINE_BYTES = 4;
/** MySQL allows no document to be nested deeper. */
const MAX_DEPTH = 100;
const NULL_LITERAL: JsonScalar = { kind: 'scalar', type: Type.LITERAL, data: Buffer.from([0]) };

/** Takes a document in binary form apart. No bytes are `null`. Throws MYSQL_EVENT_UNREADABLE, RangeError. */
export function parseJsonTree(bytes: Buffer): JsonNode {
  if (bytes.length === 0) return NULL_LITERAL;
  // A document that points to the same bytes again and again is none, and would grow without end.
  jsonFromBinary(bytes);
  return parse(bytes, { type: bytes.readUInt8(0), at: 1, depth: 0 });
}

/** Puts a document together in binary form; its containers all have four-byte offsets, however small they are. */
export function serializeJsonTree(node: JsonNode): Buffer {
  return Buffer.concat([Buffer.from([typeOf(node)]), serialize(node)]);
}

function parse(bytes: Buffer, { type, at, depth }: { type: number; at: number; depth: number }): JsonNode {
  if (depth > MAX_DEPTH) throw unreadable(`a document to be nested at most ${MAX_DEPTH} deep`);
  switch (type) {
    case Type.SMALL_OBJECT:
    case Type.LARGE_OBJECT:
      return {
        kind: 'object',
        members: parseObject(bytes, { base: at, depth, width: type === Type.SMALL_OBJECT ? 2 : 4 }),
      };
    case Type.SMALL_ARRAY:
    case Type.LARGE_ARRAY:
      return { kind: 'array', items: parseArray(bytes, { base: at, depth, width: type === Type.SMALL_ARRAY ? 2 : 4 }) };
    default:
      return { kind: 'scalar', type, data: take(bytes, at, scalarBytes(bytes, type, at)) };
  }
}

interface Container {
  readonly base: number;
  readonly depth: number;
  readonly width: 2 | 4;
}

function parseObject(bytes: Buffer, container: Container): JsonMember[] {
  const { base, width } = container;
  const count = countOf(bytes, container, width + 2 + width + 1);
  const members: JsonMember[] = [];
  for (let index = 0; index < count; index++) {
    const entry = base + 2 * width + index * (width + 2);
    const key = take(bytes, base + bytes.readUIntLE(entry, width), bytes.readUInt16LE(entry + width));
    members.push({
      key,
      value: parseEntry(bytes, base + 2 * width + count * (width + 2) + index * (width + 1), container),
    });
  }
  return members;
}

function parseArray(bytes: Buffer, container: Container): JsonNode[] {
  const { base, width } = container;
  const count = countOf(bytes, container, width + 1);
  const items: JsonNode[] = [];
  for (let index = 0; index < count; index++) {
    items.push(parseEntry(bytes, base + 2 * width + index * (width + 1), container));
  }
  return items;
}

/** A count that its container has no room for would be allocated for nothing. */
function countOf(bytes: Buffer, { base, width }: Container, entryBytes: number): number {
  const count = bytes.readUIntLE(base, width);
  if (base + 2 * width + count * entryBytes > bytes.length) throw unreadable('a JSON container to fit its document');
  return count;
}

function parseEntry(bytes: Buffer, entry: number, { base, depth, width }: Container): JsonNode {
  const type = bytes.readUInt8(entry);
  const isInline = (SCALAR_BYTES[type] ?? INLINE_BYTES + 1) <= width;
  const at = isInline ? entry + 1 : base + bytes.readUIntLE(entry + 1, width);
  return parse(bytes, { type, at, depth: depth + 1 });
}

function scalarBytes(bytes: Buffer, type: number, at: number): number {
  const fixed = SCALAR_BYTES[type];
  if (fixed !== undefined) return fixed;
  if (type !== Type.STRING && type !== Type.OPAQUE) throw unreadable(`a type of binary JSON, got ${type}`);
  let end = type === Type.OPAQUE ? at + 1 : at;
  let length = 0;
  for (let unit = 1; ; unit *= 128) {
    const byte = bytes.readUInt8(end++);
    length += (byte & 127) * unit;
    if (byte < 128) break;
  }
  return end + length - at;
}

function take(bytes: Buffer, at: number, length: number): Buffer {
  if (at + length > bytes.length) throw unreadable('a JSON value to fit its document');
  return bytes.subarray(at, at + length);
}

function typeOf(node: JsonNode): number {
  if (node.kind === 'scalar') return node.type;
  return node.kind === 'object' ? Type.LARGE_OBJECT : Type.LARGE_ARRAY;
}

function serialize(node: JsonNode): Buffer {
  if (node.kind === 'scalar') return node.data;
  const isObject = node.kind === 'object';
  const keys = isObject ? node.members.map((member) => member.key) : [];
  const values = isObject ? node.members.map((member) => member.value) : node.items;
  const head = Buffer.alloc(8 + keys.length * 6 + values.length * 5);
  const parts: Buffer[] = [head];
  let end = head.length;
  let at = 8;
  for (const key of keys) {
    head.writeUInt32LE(end, at);
    head.writeUInt16LE(key.length, at + 4);
    at += 6;
    end += key.length;
    parts.push(key);
  }
  for (const value of values) {
    const data = serialize(value);
    head.writeUInt8(typeOf(value), at);
    if (value.kind === 'scalar' && (SCALAR_BYTES[value.type] ?? INLINE_BYTES + 1) <= INLINE_BYTES) {
      data.copy(head, at + 1);
    } else {
      head.writeUInt32LE(end, at + 1);
      end += data.length;
      parts.push(data);
    }
    at += 5;
  }
  head.writeUInt32LE(values.length, 0);
  head.writeUInt32LE(end, 4);
  return Buffer.concat(parts);
}

function unreadable(expected: string): MillraceError {
  return new MillraceError('MYSQL_EVENT_UNREADABLE', `Expected ${expected}`);
}
