import { MillraceError } from '../../core/millrace-error.ts';
import type { SchemaCheck, Serde, SerdeUse } from '../serde.ts';
import { resolveReferences } from './resolve-references.ts';
import type { ResolvedSchema, SchemaLanguage, SchemaReader, SchemaWriter } from './schema-language.ts';
import type { SchemaDefinition, SchemaReference, SchemaRegistry } from './schema-registry.ts';
import { subjectName, type SubjectNameStrategy } from './subject-name.ts';
import { schemaIdOf, WIRE_HEADER_BYTES, writeWireHeader } from './wire-format.ts';

/** How a serde gets along with the registry. */
export interface RegistrySerdeOptions {
  /** How subjects are named. Default `topic`. */
  readonly subject?: SubjectNameStrategy;
  /**
   * Which schema is written: `register` (the default) registers this one if it is not yet, `lookup` refuses to write one that
   * is not registered, `latest` writes by the latest version of the subject, whatever this one is.
   */
  readonly writeWith?: 'register' | 'lookup' | 'latest';
  /** Registered schemas that this one uses. */
  readonly references?: readonly SchemaReference[];
}

/** What the serde writes by. */
interface Writing<T> {
  readonly id: number;
  readonly write: SchemaWriter<T>;
}

/**
 * Values with the id of their schema in front, as Confluent's serializers write them.
 *
 * Everything that takes time is done in `open` and `prepare`, once for each schema: `serialize` and `deserialize` look up
 * nothing. What was written by another version is read through the language's schema resolution.
 */
export class RegistrySerde<T> implements Serde<T> {
  readonly name: string;
  readonly #language: SchemaLanguage<T>;
  readonly #schema: string;
  readonly #options: RegistrySerdeOptions;
  readonly #readers = new Map<number, SchemaReader<T>>();
  readonly #loading = new Map<number, Promise<void>>();
  #registry: SchemaRegistry | null = null;
  #wanted: ResolvedSchema | null = null;
  #writing: Writing<T> | null = null;
  /** The id that was read last, and its reader: mostly the next is the same. */
  #lastId = -1;
  #lastReader: SchemaReader<T> | null = null;

  /** `schema` is the text of the schema that values have here. Throws SCHEMA_INVALID unless it refers to others. */
  constructor(language: SchemaLanguage<T>, schema: string, options: RegistrySerdeOptions = {}) {
    this.#language = language;
    this.#schema = schema;
    this.#options = options;
    if (this.#references.length > 0) this.name = language.type.toLowerCase();
    else {
      this.#wanted = { schema, references: [] };
      const name = language.nameOf(this.#wanted);
      this.name = `${language.type.toLowerCase()}${name === null ? '' : ` ${name}`}`;
    }
  }

  async open({ topic, part, writes, registry }: SerdeUse): Promise<void> {
    if (registry === null) throw noRegistry(this.name, { topic, part });
    this.#registry = registry;
    this.#wanted ??= await resolveReferences(registry, this.#definition);
    const { subject: strategy = 'topic' } = this.#options;
    const subject = subjectName(strategy, this.#language.nameOf(this.#wanted), { topic, part });
    if (writes) await this.#openWriting(registry, subject);
    // What is in the topic already, so that stores that read it need not wait.
    for (const { id, type } of await registry.versions(subject)) {
      if (type === this.#language.type) await this.#load(id);
    }
  }

  async check({ topic, part, registry }: SerdeUse): Promise<SchemaCheck> {
    if (registry === null) throw noRegistry(this.name, { topic, part });
    const wanted = await resolveReferences(registry, this.#definition);
    const { subject: strategy = 'topic' } = this.#options;
    const subject = subjectName(strategy, this.#language.nameOf(wanted), { topic, part });
    const isRegistered = (await registry.lookUp(subject, this.#definition)) !== null;
    const incompatibilities = isRegistered ? [] : await registry.incompatibilities(subject, this.#definition);
    return { subject, isRegistered, incompatibilities };
  }

  prepare(bytes: Buffer): Promise<void> | undefined {
    if (bytes.length < WIRE_HEADER_BYTES || bytes[0] !== 0) return undefined;
    const id = bytes.readInt32BE(1);
    return id === this.#lastId || this.#readers.has(id) ? undefined : this.#loadIfThere(id);
  }

  serialize(value: T): Buffer {
    if (this.#writing === null) throw notOpen(this.name);
    const bytes = this.#writing.write(value, WIRE_HEADER_BYTES);
    writeWireHeader(bytes, this.#writing.id);
    return bytes;
  }

  deserialize(bytes: Buffer): T {
    const id = schemaIdOf(bytes);
    if (id !== this.#lastId) {
      const reader = this.#readers.get(id);
      if (reader === undefined) throw unknownId(id, this.#registry !== null);
      this.#lastId = id;
      this.#lastReader = reader;
    }
    return (this.#lastReader as SchemaReader<T>)(bytes, WIRE_HEADER_BYTES);
  }

  get #references(): readonly SchemaReference[] {
    return this.#options.references ?? [];
  }

  get #definition(): SchemaDefinition {
    return { type: this.#language.type, schema: this.#schema, references: this.#references };
  }

  async #openWriting(registry: SchemaRegistry, subject: string): Promise<void> {
    const { id, definition } = await this.#written(registry, subject);
    if (this.#writing !== null && this.#writing.id !== id) {
      throw new MillraceError(
        'SCHEMA_REGISTRY_REFUSED',
        `Expected one id for the schema under all subjects, got ${this.#writing.id} and ${id}: use a serde of its own for each topic`,
        { context: { subject } },
      );
    }
    this.#writing ??= { id, write: this.#language.writer(await resolveReferences(registry, definition)) };
  }

  async #written(registry: SchemaRegistry, subject: string): Promise<{ id: number; definition: SchemaDefinition }> {
    const { writeWith = 'register' } = this.#options;
    if (writeWith === 'register') {
      return { id: await registry.register(subject, this.#definition), definition: this.#definition };
    }
    const found = await (writeWith === 'latest'
      ? registry.latest(subject)
      : registry.lookUp(subject, this.#definition));
    if (found === null) throw notRegistered(subject, writeWith);
    return { id: found.id, definition: found };
  }

  /** An id that the registry does not know is told when the record is deserialized, where its handler is. */
  async #loadIfThere(id: number): Promise<void> {
    try {
      await this.#load(id);
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      if (error.code === 'SCHEMA_REGISTRY_UNREACHABLE') throw error;
      this.#readers.set(id, () => {
        throw new MillraceError('DESERIALIZATION_FAILED', error.message, { cause: error, context: error.context });
      });
    }
  }

  #load(id: number): Promise<void> {
    if (this.#readers.has(id)) return Promise.resolve();
    let loading = this.#loading.get(id);
    if (loading === undefined) {
      loading = this.#makeReader(id).finally(() => this.#loading.delete(id));
      this.#loading.set(id, loading);
    }
    return loading;
  }

  async #makeReader(id: number): Promise<void> {
    const registry = this.#registry;
    if (registry === null || this.#wanted === null) throw notOpen(this.name);
    const definition = await registry.schemaById(id);
    if (definition.type !== this.#language.type) {
      throw new MillraceError(
        'SCHEMA_INVALID',
        `Expected schema ${id} to be of type ${this.#language.type}, got ${definition.type}`,
      );
    }
    this.#readers.set(id, this.#language.reader(this.#wanted, await resolveReferences(registry, definition)));
  }
}

function noRegistry(name: string, context: { readonly topic: string; readonly part: string }): MillraceError {
  return new MillraceError('SCHEMA_REGISTRY_MISSING', `Expected a schema registry for ${name}, got none`, { context });
}

function notOpen(name: string): MillraceError {
  return new MillraceError(
    'SCHEMA_REGISTRY_MISSING',
    `Expected the serde ${name} to be opened first, got a value before`,
  );
}

function unknownId(id: number, isOpen: boolean): MillraceError {
  return isOpen
    ? new MillraceError('DESERIALIZATION_FAILED', `Expected a schema id that was prepared, got ${id}`)
    : new MillraceError('SCHEMA_REGISTRY_MISSING', `Expected a schema registry for schema ${id}, got none`);
}

function notRegistered(subject: string, writeWith: 'lookup' | 'latest'): MillraceError {
  const expected = writeWith === 'latest' ? 'a version' : 'this schema';
  return new MillraceError('SCHEMA_NOT_FOUND', `Expected ${expected} under subject "${subject}", got none`, {
    context: { subject },
  });
}
