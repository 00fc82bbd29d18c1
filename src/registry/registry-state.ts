import type { SchemaDefinition } from '../serde/registry/schema-registry.ts';
import type { CompatibilityLevel } from './compatibility/compatibility-level.ts';
import type { RegistryMode, RegistryRecord, SchemaValue } from './registry-record.ts';
import { definitionIn } from './schema-json.ts';

/** Of all subjects that have none of their own. */
const DEFAULT_COMPATIBILITY: CompatibilityLevel = 'BACKWARD';
const DEFAULT_MODE: RegistryMode = 'READWRITE';

/** What the records of the `_schemas` topic add up to. It is only ever changed by them. */
export class RegistryState {
  /** By subject, then by version in ascending order; softly deleted ones too. */
  readonly #subjects = new Map<string, Map<number, SchemaValue>>();
  /** The definition of each id; ids of versions that are deleted for good stay known while a subject uses them. */
  readonly #byId = new Map<number, SchemaDefinition>();
  readonly #idByContent = new Map<string, number>();
  readonly #compatibility = new Map<string | null, CompatibilityLevel>();
  readonly #modes = new Map<string | null, RegistryMode>();
  #highestId = 0;

  /** Takes a record in. */
  apply(record: RegistryRecord): void {
    switch (record.key.keytype) {
      case 'SCHEMA':
        this.#applySchema(record.key.subject, record.key.version, record.value as SchemaValue | null);
        return;
      case 'CONFIG':
        set(
          this.#compatibility,
          record.key.subject,
          (record.value as { compatibilityLevel: CompatibilityLevel } | null)?.compatibilityLevel,
        );
        return;
      case 'MODE':
        set(this.#modes, record.key.subject, (record.value as { mode: RegistryMode } | null)?.mode);
        return;
      case 'DELETE_SUBJECT':
        this.#deleteUpTo(record.value as { subject: string; version: number } | null);
        return;
      case 'NOOP':
        return;
    }
  }

  /** The id that a new schema gets. */
  get nextId(): number {
    return this.#highestId + 1;
  }

  /** The names of all subjects that have versions, in order. */
  subjects(options: { readonly withDeleted: boolean }): readonly string[] {
    return [...this.#subjects.keys()].filter((subject) => this.versions(subject, options).length > 0).toSorted();
  }

  /** The versions of a subject, the oldest first. */
  versions(subject: string, { withDeleted }: { readonly withDeleted: boolean }): readonly SchemaValue[] {
    const versions = [...(this.#subjects.get(subject)?.values() ?? [])];
    return (withDeleted ? versions : versions.filter(({ deleted }) => !deleted)).toSorted(
      (a, b) => a.version - b.version,
    );
  }

  /** The version that the next schema of a subject gets: numbers of deleted ones are not given again. */
  nextVersion(subject: string): number {
    return Math.max(0, ...(this.#subjects.get(subject)?.keys() ?? [])) + 1;
  }

  /** What an id stands for. */
  definition(id: number): SchemaDefinition | undefined {
    return this.#byId.get(id);
  }

  /** The id of a schema, under whatever subject. */
  idOf(definition: SchemaDefinition): number | undefined {
    return this.#idByContent.get(contentOf(definition));
  }

  /** Where an id is used. */
  usesOf(id: number, options: { readonly withDeleted: boolean }): readonly SchemaValue[] {
    return this.#all(options).filter((value) => value.id === id);
  }

  /** The ids of schemas that refer to a version. */
  referrersOf(subject: string, version: number): readonly number[] {
    const refers = (value: SchemaValue): boolean =>
      value.references?.some((reference) => reference.subject === subject && reference.version === version) ?? false;
    return [
      ...new Set(
        this.#all({ withDeleted: false })
          .filter(refers)
          .map(({ id }) => id),
      ),
    ];
  }

  /** A subject's own level; undefined when it has none. Null asks for that of all. */
  ownCompatibility(subject: string | null): CompatibilityLevel | undefined {
    return this.#compatibility.get(subject) ?? (subject === null ? DEFAULT_COMPATIBILITY : undefined);
  }

  /** The level that counts for a subject. */
  compatibility(subject: string): CompatibilityLevel {
    return this.ownCompatibility(subject) ?? (this.ownCompatibility(null) as CompatibilityLevel);
  }

  /** A subject's own mode; undefined when it has none. Null asks for that of all. */
  ownMode(subject: string | null): RegistryMode | undefined {
    return this.#modes.get(subject) ?? (subject === null ? DEFAULT_MODE : undefined);
  }

  /** The mode that counts for a subject. */
  mode(subject: string): RegistryMode {
    return this.ownMode(subject) ?? (this.ownMode(null) as RegistryMode);
  }

  #all(options: { readonly withDeleted: boolean }): SchemaValue[] {
    return [...this.#subjects.keys()].flatMap((subject) => this.versions(subject, options));
  }

  #applySchema(subject: string, version: number, value: SchemaValue | null): void {
    const versions = this.#subjects.get(subject) ?? new Map<number, SchemaValue>();
    if (value === null) {
      versions.delete(version);
      if (versions.size === 0) this.#subjects.delete(subject);
      return;
    }
    versions.set(version, value);
    this.#subjects.set(subject, versions);
    this.#highestId = Math.max(this.#highestId, value.id);
    const definition = definitionIn(value);
    this.#byId.set(value.id, definition);
    this.#idByContent.set(contentOf(definition), value.id);
  }

  #deleteUpTo(deletion: { readonly subject: string; readonly version: number } | null): void {
    if (deletion === null) return;
    const versions = this.#subjects.get(deletion.subject) ?? new Map<number, SchemaValue>();
    for (const [version, value] of versions) {
      if (version <= deletion.version) versions.set(version, { ...value, deleted: true });
    }
  }
}

function contentOf({ type, schema, references }: SchemaDefinition): string {
  const referred = references.map(({ name, subject, version }) => [name, subject, version]);
  return JSON.stringify([type, schema, referred]);
}

function set<V>(map: Map<string | null, V>, key: string | null, value: V | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}
