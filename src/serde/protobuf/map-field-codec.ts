import type protobuf from 'protobufjs';
import type { FieldCodec, ProtoMessage } from './field-codec.ts';
import { unreadable, unwritable } from './misfit.ts';
import { scalarCodecs, type ValueCodec, WIRE } from './scalar-codecs.ts';

/** Keys are text in an object, so that none needs a bigint. */
const KEY_CODECS = Object.freeze(scalarCodecs('string'));
const KEY = 1;
const VALUE = 2;

/** A map as a plain object: keys that are numbers or booleans are their text there. On the wire each entry is a message. */
export function mapFieldCodec(field: protobuf.MapField, value: ValueCodec): FieldCodec {
  const key = KEY_CODECS[field.keyType] as ValueCodec;
  const tag = (field.id << 3) | WIRE.LENGTH;
  return {
    name: field.name,
    number: field.id,
    isRequired: false,
    initialize: (message) => {
      message[field.name] = {};
    },
    excludes: () => undefined,
    write: (writer, entries) => {
      if (entries === undefined) return;
      if (typeof entries !== 'object' || entries === null || Array.isArray(entries))
        throw unwritable('what is not an object');
      for (const name of Object.keys(entries)) {
        writer.uint32(tag).fork();
        key.write(writer.uint32((KEY << 3) | key.wireType), keyOfText(field.keyType, name));
        value.write(writer.uint32((VALUE << 3) | value.wireType), (entries as ProtoMessage)[name]);
        writer.ldelim();
      }
    },
    read: (reader, wireType, message) => {
      if (wireType !== WIRE.LENGTH) throw unreadable(`another type's wire format (${wireType})`);
      readEntry(reader, { key, value }, message[field.name] as ProtoMessage);
    },
  };
}

function readEntry(
  reader: protobuf.Reader,
  codecs: { key: ValueCodec; value: ValueCodec },
  entries: ProtoMessage,
): void {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw unreadable('bytes that end before it does');
  let name = codecs.key.zero;
  let member = codecs.value.zero;
  while (reader.pos < end) {
    const tag = reader.uint32();
    const codec = tag >>> 3 === KEY ? codecs.key : tag >>> 3 === VALUE ? codecs.value : undefined;
    if (codec === undefined) {
      reader.skipType(tag & 7, undefined, tag >>> 3);
      continue;
    }
    if ((tag & 7) !== codec.wireType) throw unreadable(`another type's wire format (${tag & 7})`);
    if (codec === codecs.key && tag >>> 3 === KEY) name = codec.read(reader);
    else member = codec.read(reader);
  }
  if (reader.pos !== end) throw unreadable('a field that is longer than what it is in');
  if (member === undefined) throw unreadable('an entry without a value');
  setEntry(entries, String(name), member);
}

/** `__proto__` is a name like others. */
function setEntry(entries: ProtoMessage, name: string, member: unknown): void {
  if (name !== '__proto__') entries[name] = member;
  else Object.defineProperty(entries, name, { value: member, enumerable: true, configurable: true, writable: true });
}

/** What a key is that an object can only have as text. */
function keyOfText(type: string, text: string): unknown {
  if (type === 'string') return text;
  if (type === 'bool') {
    if (text === 'true' || text === 'false') return text === 'true';
    throw unwritable('a key that is not true or false');
  }
  if (!/^(0|-?[1-9]\d{0,19})$/.test(text)) throw unwritable('a key that is no integer');
  return type.endsWith('64') ? text : Number(text);
}
