import { MillraceError } from '../core/millrace-error.ts';
import type { NamedSchema, ResolvedSchema } from '../serde/registry/schema-language.ts';
import type { SchemaDefinition } from '../serde/registry/schema-registry.ts';
import { incompatibilities } from './compatibility/incompatibilities.ts';
import type { CompatibilityLevel } from './compatibility/compatibility-level.ts';
import { SCHEMA_CHECKS, type SchemaChecks } from './compatibility/schema-checks.ts';
import { REGISTRY_ERRORS, RegistryError } from './registry-error.ts';
import type { RegistryMode, RegistryRecord, SchemaValue } from './registry-record.ts';
import { RegistryState } from './registry-state.ts';
import { definitionIn, versionJson } from './schema-json.ts';

/** Keeps records, in their order. Resolves when they are safe and the state has taken them in. */
export type RegistryLog = (records: readonly RegistryRecord[]) => Promise<void>;

/** How a schema is registered. */
export interface RegisterOptions {
  /** The id and version it is to have, where the mode is IMPORT. */
  readonly id?: number;
  readonly version?: number;
}

/** A version of a subject as people name it. */
export type VersionName = number | 'latest';

const VISIBLE = { withDeleted: false } as const;
const ALL = { withDeleted: true } as const;

/**
 * A schema registry: what Confluent's does, over a log of records. One process may write to a log at a time.
 *
 * Throws RegistryError with Confluent's codes. Operations that write are carried out one after another.
 */
export class Registry {
  readonly state: RegistryState;
  readonly #log: RegistryLog;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(state: RegistryState, log: RegistryLog) {
    this.state = state;
    this.#log = log;
  }

  /** A registry that forgets with the process. */
  static inMemory(): Registry {
    const state = new RegistryState();
    return new Registry(state, (records) => {
      for (const record of records) state.apply(record);
      return Promise.resolve();
    });
  }

  /** The id of a schema under a subject, registered if it is not there yet and may be. */
  register(subject: string, wanted: SchemaDefinition, options: RegisterOptions = {}): Promise<number> {
    return this.#inTurn(async () => {
      mustBeInDefaultContext(subject);
      const definition = canonical(wanted);
      const known = this.#find(subject, definition, VISIBLE);
      if (known !== undefined && (options.id === undefined || options.id === known.id)) return known.id;
      this.#mustBeWritable(subject, options);
      const schema = this.#validated(definition);
      if (this.state.mode(subject) !== 'IMPORT') this.#mustBeCompatible(subject, schema, definition);
      const id = options.id ?? this.state.idOf(definition) ?? this.state.nextId;
      const version = options.version ?? this.state.nextVersion(subject);
      await this.#log([schemaRecord(subject, { version, id, definition, deleted: false })]);
      return id;
    });
  }

  /** The version of a subject that has this schema. */
  lookUp(subject: string, wanted: SchemaDefinition, { withDeleted = false } = {}): SchemaValue {
    this.#mustHaveSubject(subject, { withDeleted });
    const found = this.#find(subject, canonical(wanted), { withDeleted });
    if (found === undefined) throw new RegistryError(REGISTRY_ERRORS.SCHEMA_NOT_FOUND, 'Schema not found');
    return found;
  }

  /** The versions of a subject, the oldest first. */
  versions(subject: string, { withDeleted = false } = {}): readonly SchemaValue[] {
    return this.#mustHaveSubject(subject, { withDeleted });
  }

  /** One version of a subject. */
  version(subject: string, version: VersionName, { withDeleted = false } = {}): SchemaValue {
    const versions = this.#mustHaveSubject(subject, { withDeleted });
    const found = version === 'latest' ? versions.at(-1) : versions.find((value) => value.version === version);
    if (found === undefined)
      throw new RegistryError(REGISTRY_ERRORS.VERSION_NOT_FOUND, `Version ${version} not found.`);
    return found;
  }

  /** The schema of an id. */
  schemaById(id: number): SchemaDefinition {
    const found = this.state.definition(id);
    if (found === undefined) throw new RegistryError(REGISTRY_ERRORS.SCHEMA_NOT_FOUND, `Schema ${id} not found`);
    return found;
  }

  /** A schema with its text in a format that its language has (`serialized`), or as it is. */
  formatted(definition: SchemaDefinition, format: string | undefined): SchemaDefinition {
    const { serialized } = checksOf(definition.type);
    if (format !== 'serialized' || serialized === undefined) return definition;
    return { ...definition, schema: serialized(this.#resolved(definition)) };
  }

  /**
   * Why a schema may not follow the versions of a subject, by the subject's level; against one version only when it is named.
   * Nothing for a subject that has none.
   */
  incompatibilities(subject: string, wanted: SchemaDefinition, version?: VersionName): readonly string[] {
    mustBeInDefaultContext(subject);
    const definition = canonical(wanted);
    const schema = this.#validated(definition);
    if (version === undefined) return this.#incompatible(subject, schema, definition);
    return this.#compare(subject, { schema, definition, with: [this.version(subject, version)] });
  }

  /** Deletes a subject: softly, or for good what is softly deleted already. Returns its versions. */
  deleteSubject(subject: string, { permanent = false } = {}): Promise<readonly number[]> {
    return this.#inTurn(async () => {
      this.#mustBeWritable(subject);
      const versions = this.#deletable(subject, permanent);
      for (const { version } of versions) this.#mustNotBeReferred(subject, version);
      const last = versions.at(-1) as SchemaValue;
      await this.#log(
        permanent
          ? versions.map(({ version }) => ({ key: schemaKey(subject, version), value: null }))
          : [{ key: { keytype: 'DELETE_SUBJECT', subject, magic: 0 }, value: { subject, version: last.version } }],
      );
      return versions.map(({ version }) => version);
    });
  }

  /** Deletes a version: softly, or for good when it is softly deleted already. */
  deleteVersion(subject: string, version: VersionName, { permanent = false } = {}): Promise<number> {
    return this.#inTurn(async () => {
      this.#mustBeWritable(subject);
      const found = this.version(subject, version, { withDeleted: true });
      if (found.deleted && !permanent) {
        throw new RegistryError(
          REGISTRY_ERRORS.VERSION_SOFT_DELETED,
          `Subject '${subject}' Version ${found.version} was soft deleted. Set permanent=true to delete permanently`,
        );
      }
      if (!found.deleted && permanent) {
        throw new RegistryError(
          REGISTRY_ERRORS.VERSION_NOT_SOFT_DELETED,
          `Subject '${subject}' Version ${found.version} was not deleted first before being permanently deleted`,
        );
      }
      this.#mustNotBeReferred(subject, found.version);
      const key = schemaKey(subject, found.version);
      await this.#log([{ key, value: permanent ? null : { ...found, deleted: true } }]);
      return found.version;
    });
  }

  /** Sets the level of a subject, or of all that have none (null); a null level forgets it. */
  setCompatibility(subject: string | null, level: CompatibilityLevel | null): Promise<void> {
    const value = level === null ? null : { compatibilityLevel: level };
    return this.#inTurn(() => {
      mustBeInDefaultContext(subject);
      return this.#log([{ key: { keytype: 'CONFIG', subject, magic: 0 }, value }]);
    });
  }

  /** Sets the mode of a subject, or of all that have none (null); a null mode forgets it. IMPORT asks for an empty one. */
  setMode(subject: string | null, mode: RegistryMode | null, { force = false } = {}): Promise<void> {
    return this.#inTurn(async () => {
      mustBeInDefaultContext(subject);
      const isEmpty =
        subject === null
          ? this.state.subjects(VISIBLE).length === 0
          : this.state.versions(subject, VISIBLE).length === 0;
      if (mode === 'IMPORT' && !isEmpty && !force) {
        throw new RegistryError(REGISTRY_ERRORS.OPERATION_NOT_PERMITTED, 'Cannot import since found existing subjects');
      }
      await this.#log([{ key: { keytype: 'MODE', subject, magic: 0 }, value: mode === null ? null : { mode } }]);
    });
  }

  #inTurn<T>(operation: () => Promise<T>): Promise<T> {
    const result = this.#writing.then(operation);
    this.#writing = result.catch(() => undefined);
    return result;
  }

  #find(subject: string, definition: SchemaDefinition, options: { withDeleted: boolean }): SchemaValue | undefined {
    const id = this.state.idOf(definition);
    return this.state.versions(subject, options).findLast((value) => value.id === id);
  }

  #mustHaveSubject(subject: string, options: { withDeleted: boolean }): readonly SchemaValue[] {
    mustBeInDefaultContext(subject);
    const versions = this.state.versions(subject, options);
    if (versions.length > 0) return versions;
    throw new RegistryError(REGISTRY_ERRORS.SUBJECT_NOT_FOUND, `Subject '${subject}' not found.`);
  }

  #deletable(subject: string, permanent: boolean): readonly SchemaValue[] {
    const all = this.#mustHaveSubject(subject, ALL);
    const visible = all.filter(({ deleted }) => !deleted);
    if (permanent && visible.length > 0) {
      throw new RegistryError(
        REGISTRY_ERRORS.SUBJECT_NOT_SOFT_DELETED,
        `Subject '${subject}' was not deleted first before being permanently deleted`,
      );
    }
    if (!permanent && visible.length === 0) {
      throw new RegistryError(
        REGISTRY_ERRORS.SUBJECT_SOFT_DELETED,
        `Subject '${subject}' was soft deleted. Set permanent=true to delete permanently`,
      );
    }
    return permanent ? all : visible;
  }

  #mustBeWritable(subject: string, { id }: RegisterOptions = {}): void {
    const mode = this.state.mode(subject);
    if (mode === 'READONLY') {
      throw new RegistryError(REGISTRY_ERRORS.OPERATION_NOT_PERMITTED, `Subject ${subject} is in read-only mode`);
    }
    if (id !== undefined && mode !== 'IMPORT') {
      throw new RegistryError(REGISTRY_ERRORS.OPERATION_NOT_PERMITTED, `Subject ${subject} is not in import mode`);
    }
  }

  #mustNotBeReferred(subject: string, version: number): void {
    if (this.state.referrersOf(subject, version).length === 0) return;
    throw new RegistryError(
      REGISTRY_ERRORS.REFERENCE_EXISTS,
      `One or more references exist to the schema {subject=${subject},version=${version}}.`,
    );
  }

  #mustBeCompatible(subject: string, schema: ResolvedSchema, definition: SchemaDefinition): void {
    const found = this.#incompatible(subject, schema, definition);
    if (found.length === 0) return;
    throw new RegistryError(
      REGISTRY_ERRORS.INCOMPATIBLE,
      `Schema being registered is incompatible with an earlier schema for subject "${subject}", details: [${found.join('; ')}], compatibility: ${this.state.compatibility(subject)}`,
    );
  }

  #incompatible(subject: string, schema: ResolvedSchema, definition: SchemaDefinition): readonly string[] {
    return this.#compare(subject, { schema, definition, with: this.state.versions(subject, VISIBLE) });
  }

  #compare(
    subject: string,
    compared: { schema: ResolvedSchema; definition: SchemaDefinition; with: readonly SchemaValue[] },
  ): readonly string[] {
    const { type } = compared.definition;
    const earlier = compared.with.map((value) => ({
      version: value.version,
      schema: definitionIn(value).type === type ? this.#resolved(definitionIn(value)) : null,
    }));
    const { schema } = compared;
    const level = this.state.compatibility(subject);
    return valid(() => incompatibilities(level, { schema, earlier, checks: checksOf(type) }));
  }

  #validated(definition: SchemaDefinition): ResolvedSchema {
    const schema = this.#resolved(definition);
    valid(() => checksOf(definition.type).validate(schema));
    return schema;
  }

  /** A schema with all that it refers to. A reference can only go to what was registered before, so they always end. */
  #resolved(definition: SchemaDefinition): ResolvedSchema {
    const found: NamedSchema[] = [];
    const seen = new Set<string>();
    const collect = (references: SchemaDefinition['references']): void => {
      for (const { name, subject, version } of references) {
        const place = JSON.stringify([subject, version]);
        if (seen.has(place)) continue;
        seen.add(place);
        const referred = definitionIn(this.#referred(subject, version));
        collect(referred.references);
        found.push({ name, schema: referred.schema });
      }
    };
    collect(definition.references);
    return { schema: definition.schema, references: found };
  }

  #referred(subject: string, version: number): SchemaValue {
    const found = this.state.versions(subject, ALL).find((value) => value.version === version);
    if (found !== undefined) return found;
    throw new RegistryError(
      REGISTRY_ERRORS.INVALID_SCHEMA,
      `Invalid schema: no schema reference found for subject "${subject}" and version ${version}`,
    );
  }
}

function checksOf(type: SchemaDefinition['type']): SchemaChecks {
  const checks = SCHEMA_CHECKS[type];
  if (checks !== undefined) return checks;
  throw new RegistryError(REGISTRY_ERRORS.INVALID_SCHEMA, `Invalid schema type ${type}`);
}

function canonical(definition: SchemaDefinition): SchemaDefinition {
  return { ...definition, schema: valid(() => checksOf(definition.type).canonical(definition.schema)) };
}

/** What a schema language finds wrong, in the registry's words. */
function valid<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    throw new RegistryError(REGISTRY_ERRORS.INVALID_SCHEMA, `Invalid schema: ${error.message}`);
  }
}

/** Contexts are registries within the registry: `:.name:subject`. There is only the default one, `:.:`. */
function mustBeInDefaultContext(subject: string | null): void {
  if (subject === null || !subject.startsWith(':.')) return;
  throw new RegistryError(
    REGISTRY_ERRORS.INVALID_SUBJECT,
    `The specified subject '${subject}' is not a valid subject: this registry has no contexts, leave ':.…:' away`,
  );
}

function schemaKey(subject: string, version: number): Extract<RegistryRecord['key'], { keytype: 'SCHEMA' }> {
  return { keytype: 'SCHEMA', subject, version, magic: 1 };
}

function schemaRecord(
  subject: string,
  { version, id, definition, deleted }: { version: number; id: number; definition: SchemaDefinition; deleted: boolean },
): RegistryRecord {
  const value: SchemaValue = { ...versionJson({ ...definition, subject, version, id }), deleted };
  return { key: schemaKey(subject, version), value };
}
