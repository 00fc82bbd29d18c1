import { MillraceError } from '../core/millrace-error.ts';
import type { RegisteredSchema, SchemaDefinition, SchemaRegistry } from '../serde/registry/schema-registry.ts';
import { type HttpAnswer, HttpExchange, type HttpExchangeOptions } from './http-exchange.ts';
import { definitionIn, type SchemaJson, schemaJson, type VersionJson, versionIn } from './schema-json.ts';

const NOT_FOUND = 404;
const INCOMPATIBLE = 409;

/** A registry that speaks Confluent's REST API. Schemas by id, and versions, are asked for once: they never change. */
export class HttpSchemaRegistry implements SchemaRegistry {
  readonly #exchange: HttpExchange;
  readonly #byId = new Map<number, SchemaDefinition>();
  readonly #byVersion = new Map<string, RegisteredSchema>();

  /** Throws CONFIG_INVALID. */
  constructor(options: HttpExchangeOptions) {
    this.#exchange = new HttpExchange(options);
  }

  async register(subject: string, definition: SchemaDefinition): Promise<number> {
    const answer = await this.#exchange.send('POST', `${pathOf(subject)}/versions`, schemaJson(definition));
    if (answer.status === INCOMPATIBLE) {
      throw new MillraceError(
        'SCHEMA_INCOMPATIBLE',
        `Expected a schema compatible with those before it: ${wordsOf(answer)}`,
        { context: { subject } },
      );
    }
    return bodyIn<{ id: number }>(answer, { subject }).id;
  }

  async lookUp(subject: string, definition: SchemaDefinition): Promise<RegisteredSchema | null> {
    const answer = await this.#exchange.send('POST', pathOf(subject), schemaJson(definition));
    return answer.status === NOT_FOUND ? null : versionIn(bodyIn<VersionJson>(answer, { subject }));
  }

  async latest(subject: string): Promise<RegisteredSchema | null> {
    const answer = await this.#exchange.send('GET', `${pathOf(subject)}/versions/latest`);
    return answer.status === NOT_FOUND ? null : versionIn(bodyIn<VersionJson>(answer, { subject }));
  }

  async versions(subject: string): Promise<readonly RegisteredSchema[]> {
    const answer = await this.#exchange.send('GET', `${pathOf(subject)}/versions`);
    if (answer.status === NOT_FOUND) return [];
    const found: RegisteredSchema[] = [];
    for (const version of bodyIn<number[]>(answer, { subject })) found.push(await this.version(subject, version));
    return found;
  }

  async version(subject: string, version: number): Promise<RegisteredSchema> {
    const key = JSON.stringify([subject, version]);
    const known = this.#byVersion.get(key);
    if (known !== undefined) return known;
    // A version that is deleted softly can still be referred to.
    const answer = await this.#exchange.send('GET', `${pathOf(subject)}/versions/${version}?deleted=true`);
    const found = versionIn(bodyIn<VersionJson>(answer, { subject, version }));
    this.#byVersion.set(key, found);
    return found;
  }

  async schemaById(id: number): Promise<SchemaDefinition> {
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    const answer = await this.#exchange.send('GET', `/schemas/ids/${id}`);
    const found = definitionIn(bodyIn<SchemaJson>(answer, { schemaId: id }));
    this.#byId.set(id, found);
    return found;
  }

  async incompatibilities(subject: string, definition: SchemaDefinition): Promise<readonly string[]> {
    const path = `/compatibility${pathOf(subject)}/versions?verbose=true`;
    const answer = await this.#exchange.send('POST', path, schemaJson(definition));
    // Nothing to be compatible with.
    if (answer.status === NOT_FOUND) return [];
    const { is_compatible: isCompatible, messages = [] } = bodyIn<{ is_compatible: boolean; messages?: string[] }>(
      answer,
      {
        subject,
      },
    );
    if (isCompatible) return [];
    return messages.length > 0 ? messages : ['incompatible with an earlier version'];
  }
}

function pathOf(subject: string): string {
  return `/subjects/${encodeURIComponent(subject)}`;
}

/** Throws SCHEMA_NOT_FOUND and SCHEMA_REGISTRY_REFUSED. */
function bodyIn<T>(answer: HttpAnswer, context: { readonly [name: string]: string | number }): T {
  if (answer.status < 300) return answer.body as T;
  const code = answer.status === NOT_FOUND ? 'SCHEMA_NOT_FOUND' : 'SCHEMA_REGISTRY_REFUSED';
  const expected = answer.status === NOT_FOUND ? 'a schema' : 'the schema registry to do it';
  throw new MillraceError(code, `Expected ${expected}, got status ${answer.status}: ${wordsOf(answer)}`, { context });
}

function wordsOf({ body }: HttpAnswer): string {
  return (body as { message?: string } | null)?.message ?? 'no words';
}
