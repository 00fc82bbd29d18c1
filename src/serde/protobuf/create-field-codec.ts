import protobuf from 'protobufjs';
import { MillraceError } from '../../core/millrace-error.ts';
import type { FieldCodec, ProtoMessage } from './field-codec.ts';
import { mapFieldCodec } from './map-field-codec.ts';
import { unreadable, unwritable } from './misfit.ts';
import { type ValueCodec, WIRE } from './scalar-codecs.ts';

/** Finds the codec of the values of a type, which is an enum or a message when it is resolved to one. */
export type ValueCodecOf = (type: string, resolved: protobuf.ReflectionObject | null) => ValueCodec;

/** The codec of a field that is resolved. Throws SCHEMA_INVALID for groups. */
export function createFieldCodec(field: protobuf.Field, valueCodecOf: ValueCodecOf): FieldCodec {
  field.resolve();
  if (field.delimited) {
    throw new MillraceError('SCHEMA_INVALID', `Expected fields that are no groups, got ${field.fullName}`);
  }
  const value = valueCodecOf(field.type, field.resolvedType);
  if (field instanceof protobuf.MapField) return mapFieldCodec(field, value);
  return field.repeated ? new RepeatedFieldCodec(field, value) : new SingleFieldCodec(field, value);
}

class SingleFieldCodec implements FieldCodec {
  readonly name: string;
  readonly number: number;
  readonly isRequired: boolean;
  readonly #value: ValueCodec;
  readonly #tag: number;
  readonly #hasPresence: boolean;
  #others: readonly string[] = [];

  constructor(field: protobuf.Field, value: ValueCodec) {
    this.name = field.name;
    this.number = field.id;
    this.isRequired = field.required;
    this.#value = value;
    this.#tag = (field.id << 3) | value.wireType;
    this.#hasPresence = field.hasPresence || value.zero === undefined;
  }

  initialize(message: ProtoMessage): void {
    if (!this.#hasPresence) message[this.name] = this.#value.zero;
  }

  excludes(others: readonly string[]): void {
    this.#others = others;
  }

  write(writer: protobuf.Writer, value: unknown): void {
    if (value === undefined || value === null) {
      if (this.isRequired) throw unwritable('nothing where a value is required');
      if (value === null && !this.#hasPresence) throw unwritable('null where it could not be told from the default');
      return;
    }
    if (!this.#hasPresence && this.#value.isZero(value)) return;
    writer.uint32(this.#tag);
    this.#value.write(writer, value);
  }

  read(reader: protobuf.Reader, wireType: number, message: ProtoMessage): void {
    if (wireType !== this.#value.wireType) throw wrongWireType(wireType);
    message[this.name] = this.#value.read(reader, message[this.name]);
    for (const other of this.#others) if (other in message) delete message[other];
  }
}

class RepeatedFieldCodec implements FieldCodec {
  readonly name: string;
  readonly number: number;
  readonly isRequired = false;
  readonly #value: ValueCodec;
  readonly #tag: number;
  readonly #isPacked: boolean;

  constructor(field: protobuf.Field, value: ValueCodec) {
    this.name = field.name;
    this.number = field.id;
    this.#value = value;
    this.#isPacked = field.packed && value.wireType !== WIRE.LENGTH;
    this.#tag = (field.id << 3) | (this.#isPacked ? WIRE.LENGTH : value.wireType);
  }

  initialize(message: ProtoMessage): void {
    message[this.name] = [];
  }

  excludes(): void {
    // Nothing repeated is in a oneof.
  }

  write(writer: protobuf.Writer, values: unknown): void {
    if (values === undefined) return;
    if (!Array.isArray(values)) throw unwritable('what is not an array');
    if (values.length === 0) return;
    if (!this.#isPacked) {
      for (const value of values) this.#value.write(writer.uint32(this.#tag), value);
      return;
    }
    writer.uint32(this.#tag).fork();
    for (const value of values) this.#value.write(writer, value);
    writer.ldelim();
  }

  read(reader: protobuf.Reader, wireType: number, message: ProtoMessage): void {
    const values = message[this.name] as unknown[];
    if (wireType === this.#value.wireType) {
      values.push(this.#value.read(reader));
      return;
    }
    // A number may come packed or not, whatever the schema says.
    if (wireType !== WIRE.LENGTH) throw wrongWireType(wireType);
    const length = reader.uint32();
    const end = reader.pos + length;
    if (end > reader.len) throw unreadable('bytes that end before it does');
    while (reader.pos < end) values.push(this.#value.read(reader));
    if (reader.pos !== end) throw unreadable('a number that goes beyond its array');
  }
}

function wrongWireType(wireType: number): MillraceError {
  return unreadable(`another type's wire format (${wireType})`);
}
