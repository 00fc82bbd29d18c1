import protobuf from 'protobufjs';
import type { BigintReading } from '../json-integers.ts';
import { enumCodec } from './enum-codec.ts';
import { createFieldCodec } from './create-field-codec.ts';
import type { FieldCodec, ProtoMessage } from './field-codec.ts';
import { inField, unreadable, unwritable } from './misfit.ts';
import { scalarCodecs, type ValueCodec, WIRE } from './scalar-codecs.ts';
import { wellKnownCodec } from './well-known-types.ts';

/** How values of a message type are written and read: what follows the message indexes. */
export interface MessageCodec {
  /** Throws SERIALIZATION_FAILED. */
  write(writer: protobuf.Writer, value: unknown): void;
  /** To the end of the bytes. Throws DESERIALIZATION_FAILED and INTEGER_UNSAFE. */
  read(reader: protobuf.Reader): unknown;
}

/**
 * Makes codecs of message types, each once. protobufjs reads and writes what is on the wire; what its own codecs would do
 * inexactly is done here: 64-bit integers, integers that are too large, text that is not UTF-8, fields that the schema does
 * not have, another type's wire format.
 */
export class MessageCodecs {
  readonly #scalars: Readonly<Record<string, ValueCodec>>;
  readonly #messages = new Map<protobuf.Type, MessageValueCodec>();

  constructor(bigint: BigintReading) {
    this.#scalars = scalarCodecs(bigint);
  }

  /** The codec of a message that is a value by itself. */
  of(type: protobuf.Type): MessageCodec {
    const codec = this.#message(type);
    return {
      write: (writer, value) => codec.writeFields(writer, value),
      read: (reader) => codec.readFields(reader, reader.len, codec.empty()),
    };
  }

  #message(type: protobuf.Type): MessageValueCodec {
    const known = this.#messages.get(type);
    if (known !== undefined) return known;
    const codec = new MessageValueCodec();
    // Known before its fields are: they may be of the same type.
    this.#messages.set(type, codec);
    for (const field of type.fieldsArray) codec.add(createFieldCodec(field, (name, of) => this.#value(name, of)));
    codec.setOneofs(type.oneofsArray.filter((oneof) => oneof.oneof.length > 1));
    return codec;
  }

  #value(name: string, resolved: protobuf.ReflectionObject | null): ValueCodec {
    if (resolved instanceof protobuf.Enum) return enumCodec(resolved);
    if (resolved instanceof protobuf.Type)
      return wellKnownCodec(resolved, this.#message(resolved)) ?? this.#message(resolved);
    return this.#scalars[name] as ValueCodec;
  }
}

/** A message as the value of a field, with its length in front. */
class MessageValueCodec implements ValueCodec {
  readonly wireType = WIRE.LENGTH;
  readonly zero = undefined;
  readonly #fields: FieldCodec[] = [];
  readonly #byName = new Map<string, FieldCodec>();
  readonly #byNumber = new Map<number, FieldCodec>();
  #oneofs: readonly (readonly string[])[] = [];

  add(field: FieldCodec): void {
    this.#fields.push(field);
    this.#byName.set(field.name, field);
    this.#byNumber.set(field.number, field);
  }

  setOneofs(oneofs: readonly protobuf.OneOf[]): void {
    this.#oneofs = oneofs.map(({ oneof }) => oneof);
    for (const names of this.#oneofs) {
      for (const name of names) this.#byName.get(name)?.excludes(names.filter((other) => other !== name));
    }
  }

  isZero(): boolean {
    return false;
  }

  write(writer: protobuf.Writer, value: unknown): void {
    writer.fork();
    this.writeFields(writer, value);
    writer.ldelim();
  }

  read(reader: protobuf.Reader, earlier?: unknown): unknown {
    const length = reader.uint32();
    const end = reader.pos + length;
    if (end > reader.len) throw unreadable('bytes that end before it does');
    return this.readFields(reader, end, (earlier as ProtoMessage | undefined) ?? this.empty());
  }

  writeFields(writer: protobuf.Writer, value: unknown): void {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || Buffer.isBuffer(value)) {
      throw unwritable('what is not an object');
    }
    const message = value as ProtoMessage;
    for (const field of this.#fields) {
      try {
        field.write(writer, message[field.name]);
      } catch (error) {
        throw inField(field.name, error);
      }
    }
    for (const name in message)
      if (!this.#byName.has(name)) throw inField(name, unwritable('a field that it does not have'));
    for (const names of this.#oneofs) mustBeOne(names, message);
  }

  /** A message without any field written. */
  empty(): ProtoMessage {
    const message: ProtoMessage = {};
    for (const field of this.#fields) field.initialize(message);
    return message;
  }

  readFields(reader: protobuf.Reader, end: number, message: ProtoMessage): ProtoMessage {
    while (reader.pos < end) {
      const tag = reader.uint32();
      const field = this.#byNumber.get(tag >>> 3);
      if (field === undefined) {
        reader.skipType(tag & 7, undefined, tag >>> 3);
        continue;
      }
      try {
        field.read(reader, tag & 7, message);
      } catch (error) {
        throw inField(field.name, error);
      }
    }
    if (reader.pos !== end) throw unreadable('a field that is longer than what it is in');
    for (const field of this.#fields) {
      if (field.isRequired && message[field.name] === undefined)
        throw inField(field.name, unreadable('nothing where a value is required'));
    }
    return message;
  }
}

function mustBeOne(names: readonly string[], message: ProtoMessage): void {
  const set = names.filter((name) => message[name] !== undefined && message[name] !== null);
  if (set.length > 1) throw unwritable(`${set.length} fields of which there can be one (${set.join(', ')})`);
}
