import type { RegisteredSchema, SchemaDefinition, SchemaRegistry } from '../serde/registry/schema-registry.ts';
import type { BrokerRegistry } from './broker-registry.ts';
import { HttpSchemaRegistry } from './http-schema-registry.ts';
import type { HttpExchangeOptions } from './http-exchange.ts';
import { LocalSchemaRegistry } from './local-schema-registry.ts';

/**
 * The registry of a process, as its serdes ask it: itself while it is the one that writes, that one else. So whatever one
 * process has registered is known to all at once.
 */
export class ClusterSchemaRegistry implements SchemaRegistry {
  readonly #registry: BrokerRegistry;
  readonly #local: LocalSchemaRegistry;
  readonly #options: Omit<HttpExchangeOptions, 'urls'>;
  #remote: { readonly url: string; readonly registry: HttpSchemaRegistry } | null = null;

  constructor(registry: BrokerRegistry, options: Omit<HttpExchangeOptions, 'urls'>) {
    this.#registry = registry;
    this.#local = new LocalSchemaRegistry(registry.registry);
    this.#options = options;
  }

  async register(subject: string, definition: SchemaDefinition): Promise<number> {
    return this.#asked().register(subject, definition);
  }

  async lookUp(subject: string, definition: SchemaDefinition): Promise<RegisteredSchema | null> {
    return this.#asked().lookUp(subject, definition);
  }

  async latest(subject: string): Promise<RegisteredSchema | null> {
    return this.#asked().latest(subject);
  }

  async versions(subject: string): Promise<readonly RegisteredSchema[]> {
    return this.#asked().versions(subject);
  }

  async version(subject: string, version: number): Promise<RegisteredSchema> {
    return this.#asked().version(subject, version);
  }

  async schemaById(id: number): Promise<SchemaDefinition> {
    return this.#registry.registry.state.definition(id) ?? this.#asked().schemaById(id);
  }

  async incompatibilities(subject: string, definition: SchemaDefinition): Promise<readonly string[]> {
    return this.#asked().incompatibilities(subject, definition);
  }

  #asked(): SchemaRegistry {
    const url = this.#registry.writerUrl;
    if (url === null) return this.#local;
    if (this.#remote?.url !== url) {
      this.#remote = { url, registry: new HttpSchemaRegistry({ ...this.#options, urls: [url] }) };
    }
    return this.#remote.registry;
  }
}
