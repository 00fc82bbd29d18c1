import { MillraceError } from '../core/millrace-error.ts';
import type { RegisteredSchema, SchemaDefinition, SchemaRegistry } from '../serde/registry/schema-registry.ts';
import { Registry } from './registry.ts';
import { REGISTRY_ERRORS, RegistryError } from './registry-error.ts';
import type { SchemaValue } from './registry-record.ts';
import { versionIn } from './schema-json.ts';

/** A registry in the same process, as serdes ask it. What it throws is in the catalogue. */
export class LocalSchemaRegistry implements SchemaRegistry {
  readonly #registry: Registry;

  /** Of a registry that keeps its records elsewhere; by default of a new one that forgets them with the process. */
  constructor(registry: Registry = Registry.inMemory()) {
    this.#registry = registry;
  }

  register(subject: string, definition: SchemaDefinition): Promise<number> {
    return this.#registry.register(subject, definition).catch((error: unknown) => {
      throw translated(error, subject);
    });
  }

  lookUp(subject: string, definition: SchemaDefinition): RegisteredSchema | null {
    return orNull(subject, () => this.#registry.lookUp(subject, definition));
  }

  latest(subject: string): RegisteredSchema | null {
    return orNull(subject, () => this.#registry.version(subject, 'latest'));
  }

  versions(subject: string): readonly RegisteredSchema[] {
    return this.#registry.state.versions(subject, { withDeleted: false }).map(versionIn);
  }

  version(subject: string, version: number): RegisteredSchema {
    // A version that is deleted softly can still be referred to.
    return versionIn(attempt(subject, () => this.#registry.version(subject, version, { withDeleted: true })));
  }

  schemaById(id: number): SchemaDefinition {
    return attempt(undefined, () => this.#registry.schemaById(id));
  }

  incompatibilities(subject: string, definition: SchemaDefinition): readonly string[] {
    return attempt(subject, () => this.#registry.incompatibilities(subject, definition));
  }
}

function orNull(subject: string, find: () => SchemaValue): RegisteredSchema | null {
  try {
    return versionIn(find());
  } catch (error) {
    if (isNotFound(error)) return null;
    throw translated(error, subject);
  }
}

function attempt<T>(subject: string | undefined, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw translated(error, subject);
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof RegistryError && error.status === 404;
}

function translated(error: unknown, subject: string | undefined): unknown {
  if (!(error instanceof RegistryError)) return error;
  const context = subject === undefined ? {} : { subject };
  if (error.code === REGISTRY_ERRORS.INCOMPATIBLE) {
    return new MillraceError(
      'SCHEMA_INCOMPATIBLE',
      `Expected a schema compatible with those before it: ${error.message}`,
      {
        context,
      },
    );
  }
  if (isNotFound(error))
    return new MillraceError('SCHEMA_NOT_FOUND', `Expected a schema: ${error.message}`, { context });
  return new MillraceError('SCHEMA_REGISTRY_REFUSED', `Expected the schema registry to do it: ${error.message}`, {
    context,
  });
}
