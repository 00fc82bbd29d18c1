import type { CompatibilityLevel } from './compatibility/compatibility-level.ts';
import type { VersionJson } from './schema-json.ts';

/** Whether a subject takes new schemas: always, never, or with ids that the caller names (to copy a registry). */
export const REGISTRY_MODES = ['READWRITE', 'READONLY', 'IMPORT'] as const;
export type RegistryMode = (typeof REGISTRY_MODES)[number];

/**
 * A record of the `_schemas` topic, as Confluent's registry writes it: key and value are JSON, a null value forgets the key.
 * Either registry reads what the other wrote.
 */
export type RegistryRecord =
  | { readonly key: SchemaKey; readonly value: SchemaValue | null }
  | { readonly key: ConfigKey; readonly value: { readonly compatibilityLevel: CompatibilityLevel } | null }
  | { readonly key: ModeKey; readonly value: { readonly mode: RegistryMode } | null }
  | { readonly key: DeleteSubjectKey; readonly value: { readonly subject: string; readonly version: number } | null }
  | { readonly key: NoopKey; readonly value: null };

/** One version of a subject. */
export interface SchemaKey {
  readonly keytype: 'SCHEMA';
  readonly subject: string;
  readonly version: number;
  readonly magic: 1;
}

/** The schema of a version; `deleted` when it is deleted softly: hidden, its id still known. */
export interface SchemaValue extends VersionJson {
  readonly deleted: boolean;
}

/** The compatibility of a subject; null of all that have none of their own. */
export interface ConfigKey {
  readonly keytype: 'CONFIG';
  readonly subject: string | null;
  readonly magic: 0;
}

/** The mode of a subject; null of all that have none of their own. */
export interface ModeKey {
  readonly keytype: 'MODE';
  readonly subject: string | null;
  readonly magic: 0;
}

/** That a subject is deleted softly up to a version. */
export interface DeleteSubjectKey {
  readonly keytype: 'DELETE_SUBJECT';
  readonly subject: string;
  readonly magic: 0;
}

/** Nothing; written to find the end of the topic. */
export interface NoopKey {
  readonly keytype: 'NOOP';
  readonly magic: 0;
}
