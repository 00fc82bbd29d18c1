import {
  COMPATIBILITY_LEVELS,
  type CompatibilityLevel,
  isCompatibilityLevel,
} from '../../registry/compatibility/compatibility-level.ts';
import type { VersionName } from '../../registry/registry.ts';
import { REGISTRY_ERRORS, RegistryError } from '../../registry/registry-error.ts';
import { REGISTRY_MODES, type RegistryMode } from '../../registry/registry-record.ts';
import type { SchemaDefinition, SchemaReference, SchemaType } from '../../serde/registry/schema-registry.ts';

/** The largest version number of Confluent's. */
const LAST_VERSION = 2 ** 31 - 1;

/** A version in a path: a number from 1 on, `latest`, or -1, which means the same. */
export function versionOf(text: string): VersionName {
  if (text === 'latest' || text === '-1') return 'latest';
  const version = Number(text);
  if (Number.isInteger(version) && version >= 1 && version <= LAST_VERSION) return version;
  throw new RegistryError(
    REGISTRY_ERRORS.INVALID_VERSION,
    `The specified version '${text}' is not a valid version id. Allowed values are between [1, 2^31-1] and the string "latest"`,
  );
}

/** A flag in a query: `?deleted=true`. */
export function flagOf(query: unknown, name: string): boolean {
  return (query as { readonly [name: string]: unknown })[name] === 'true';
}

/** The format of schemas that a query asks for: `?format=serialized`. */
export function formatOf(query: unknown): string | undefined {
  const { format } = query as { readonly format?: unknown };
  return typeof format === 'string' ? format : undefined;
}

/** A schema in a body. */
export function definitionIn(body: unknown): SchemaDefinition {
  const { schema, schemaType = 'AVRO', references = [] } = objectIn(body);
  if (typeof schema !== 'string' || schema === '') {
    throw new RegistryError(REGISTRY_ERRORS.INVALID_SCHEMA, 'Empty schema');
  }
  if (!Array.isArray(references) || !references.every(isReference)) {
    throw new RegistryError(
      REGISTRY_ERRORS.INVALID_SCHEMA,
      'Invalid references: each has a name, a subject and a version',
    );
  }
  return { type: String(schemaType).toUpperCase() as SchemaType, schema, references };
}

/** The id and version in a body that a schema is to be imported with. */
export function importedAs(body: unknown): { readonly id?: number; readonly version?: number } {
  const { id, version } = objectIn(body);
  return {
    ...(typeof id === 'number' && id > 0 ? { id } : {}),
    ...(typeof version === 'number' && version > 0 ? { version } : {}),
  };
}

/** A compatibility level in a body. */
export function compatibilityIn(body: unknown): CompatibilityLevel {
  const { compatibility } = objectIn(body);
  const level = String(compatibility).toUpperCase();
  if (isCompatibilityLevel(level)) return level;
  throw new RegistryError(
    REGISTRY_ERRORS.INVALID_COMPATIBILITY,
    `Invalid compatibility level. Valid values are ${COMPATIBILITY_LEVELS.join(', ')}`,
  );
}

/** A mode in a body. */
export function modeIn(body: unknown): RegistryMode {
  const { mode } = objectIn(body);
  const found = REGISTRY_MODES.find((known) => known === String(mode).toUpperCase());
  if (found !== undefined) return found;
  throw new RegistryError(REGISTRY_ERRORS.INVALID_MODE, `Invalid mode. Valid values are ${REGISTRY_MODES.join(', ')}`);
}

function objectIn(body: unknown): { readonly [name: string]: unknown } {
  if (body !== null && typeof body === 'object') return body as { readonly [name: string]: unknown };
  throw new RegistryError(REGISTRY_ERRORS.INVALID_SCHEMA, 'Expected a JSON object in the body');
}

function isReference(value: unknown): value is SchemaReference {
  const { name, subject, version } = (value ?? {}) as Partial<SchemaReference>;
  return typeof name === 'string' && typeof subject === 'string' && Number.isInteger(version);
}
