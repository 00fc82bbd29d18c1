import protobuf from 'protobufjs';
import { MillraceError } from '../../core/millrace-error.ts';
import type { BigintReading } from '../json-integers.ts';
import type { ResolvedSchema, SchemaLanguage, SchemaReader, SchemaWriter } from '../registry/schema-language.ts';
import { type MessageCodec, MessageCodecs } from './message-codec.ts';
import { readMessageIndexes, writeMessageIndexes } from './message-indexes.ts';
import { unreadable } from './misfit.ts';
import { messagesOf, nestedMessages, parseProto, type ProtoFile } from './proto-file.ts';
import { wireMisfit } from './wire-misfit.ts';

/** Protobuf with these settings. Messages are compiled once for each schema. */
export class ProtobufLanguage<T> implements SchemaLanguage<T> {
  readonly type = 'PROTOBUF';
  readonly #message: string | null;
  readonly #codecs: MessageCodecs;
  readonly #files = new Map<string, ProtoFile>();

  /** Of the message of this name, with or without its package; null of the first of the file. */
  constructor(message: string | null, bigint: BigintReading) {
    this.#message = message;
    this.#codecs = new MessageCodecs(bigint);
  }

  nameOf(schema: ResolvedSchema): string {
    return nameOf(this.#messageIn(this.#parse(schema)));
  }

  writer(schema: ResolvedSchema): SchemaWriter<T> {
    const file = this.#parse(schema);
    const type = this.#messageIn(file);
    const indexes = indexesOf(file, type);
    const codec = this.#codecs.of(type);
    return (value, offset) => {
      try {
        const writer = protobuf.Writer.create();
        // Zeros, which the header takes the place of.
        for (let byte = 0; byte < offset; byte++) writer.uint32(0);
        writeMessageIndexes(writer, indexes);
        codec.write(writer, value);
        return writer.finish() as Buffer;
      } catch (error) {
        throw misfit('SERIALIZATION_FAILED', type, { error, otherwise: 'a value that is none' });
      }
    };
  }

  reader(wanted: ResolvedSchema, written: ResolvedSchema): SchemaReader<T> {
    const type = this.#messageIn(this.#parse(wanted));
    const codec = this.#codecs.of(type);
    const file = this.#parse(written);
    const others = new Map<string, MillraceError | null>();
    return (bytes, offset) => {
      try {
        const reader = protobuf.Reader.create(bytes);
        reader.pos = offset;
        const indexes = readMessageIndexes(reader);
        const key = indexes.length === 1 ? String(indexes[0]) : indexes.join('.');
        let refused = others.get(key);
        if (refused === undefined) {
          refused = mismatch(type, messageAt(file, indexes));
          others.set(key, refused);
        }
        if (refused !== null) throw refused;
        return read<T>(codec, reader);
      } catch (error) {
        throw misfit('DESERIALIZATION_FAILED', type, { error, otherwise: `${bytes.length} bytes that are not one` });
      }
    };
  }

  #messageIn(file: ProtoFile): protobuf.Type {
    const messages = messagesOf(file.types);
    const name = this.#message;
    const found = name === null ? messages[0] : findMessage(messages, file, name);
    if (found !== undefined) return found;
    const expected = name === null ? 'a message' : `the message ${name}`;
    throw new MillraceError('SCHEMA_INVALID', `Expected ${expected} in the Protobuf schema, got none`);
  }

  #parse(schema: ResolvedSchema): ProtoFile {
    const key = JSON.stringify([schema.schema, schema.references]);
    let file = this.#files.get(key);
    if (file === undefined) {
      file = parseProto(schema);
      this.#files.set(key, file);
    }
    return file;
  }
}

function read<T>(codec: MessageCodec, reader: protobuf.Reader): T {
  return codec.read(reader) as T;
}

function findMessage(messages: readonly protobuf.Type[], file: ProtoFile, name: string): protobuf.Type | undefined {
  for (const message of messages) {
    const full = nameOf(message);
    if (full === name || full === `${file.packageName}.${name}`) return message;
    const nested = findMessage(nestedMessages(message), file, name);
    if (nested !== undefined) return nested;
  }
  return undefined;
}

/** Where a message is declared: its index among those of the file, then in the message that it is in, and so on. */
function indexesOf(file: ProtoFile, type: protobuf.Type): readonly number[] {
  const { parent } = type;
  if (!(parent instanceof protobuf.Type)) return [messagesOf(file.types).indexOf(type)];
  return [...indexesOf(file, parent), nestedMessages(parent).indexOf(type)];
}

function messageAt(file: ProtoFile, indexes: readonly number[]): protobuf.Type | undefined {
  let found: protobuf.Type | undefined;
  let messages = messagesOf(file.types);
  for (const index of indexes) {
    found = messages[index];
    if (found === undefined) return undefined;
    messages = nestedMessages(found);
  }
  return found;
}

/** Why what one message type wrote cannot be read as another; null when it can. */
function mismatch(wanted: protobuf.Type, written: protobuf.Type | undefined): MillraceError | null {
  if (written === undefined) return unreadable('the index of a message that its schema does not have');
  if (nameOf(written) !== nameOf(wanted)) return unreadable(`a message ${nameOf(written)}`);
  const found = wireMisfit(wanted, written);
  return found === null ? null : unreadable(`one of a schema where ${found}`);
}

function nameOf(type: protobuf.Type): string {
  return type.fullName.replace(/^\./, '');
}

function misfit(
  code: 'SERIALIZATION_FAILED' | 'DESERIALIZATION_FAILED',
  type: protobuf.Type,
  { error, otherwise }: { error: unknown; otherwise: string },
): MillraceError {
  if (!(error instanceof MillraceError)) {
    // protobufjs tells of bytes that end too early, JavaScript of values that go round in a circle.
    return new MillraceError(code, `Expected a value of the Protobuf message ${nameOf(type)}, got ${otherwise}`);
  }
  const { field } = error.context;
  const place = field === undefined ? '' : ` at ${String(field)}`;
  if (error.code === 'INTEGER_UNSAFE') return new MillraceError('INTEGER_UNSAFE', `${error.message}${place}`);
  return new MillraceError(
    code,
    `Expected a value of the Protobuf message ${nameOf(type)}, got ${error.message}${place}`,
  );
}
