import { NO_HEADERS, type Headers } from '../core/headers.ts';
import { MillraceError } from '../core/millrace-error.ts';
import type { StoreSpec } from './store.ts';

const VERSION_HEADER = 'millrace-store-version';

/** The version of a store's values: how many migrations led to it. */
export function storeVersion(spec: StoreSpec<any, any>): number {
  return spec.migrations?.length ?? 0;
}

/** The headers of a store's records in its changelog: they tell the version, once it is not the first. */
export function changelogHeaders(spec: StoreSpec<any, any>): Headers {
  const version = storeVersion(spec);
  return version === 0 ? NO_HEADERS : [[VERSION_HEADER, Buffer.from(String(version))]];
}

/**
 * The value of a record of a changelog in the store's own version. Throws STORE_VERSION_UNKNOWN for one written by a later
 * program, STORE_MIGRATION_FAILED when it cannot be read or converted.
 */
export function migratedValue(spec: StoreSpec<any, any>, value: Buffer | null, headers: Headers): Buffer | null {
  const version = versionOf(headers);
  const steps = spec.migrations ?? [];
  if (version === steps.length || value === null) return value;
  const first = steps[version];
  if (first === undefined) {
    throw new MillraceError(
      'STORE_VERSION_UNKNOWN',
      `Expected values of version 0 to ${steps.length} in the changelog, got version ${version}`,
      { context: { store: spec.name } },
    );
  }
  try {
    let migrated: unknown = first.from.deserialize(value);
    for (const { to } of steps.slice(version)) if (migrated !== null) migrated = to(migrated);
    return migrated === null || migrated === undefined ? null : spec.valueSerde.serialize(migrated);
  } catch (cause) {
    throw new MillraceError(
      'STORE_MIGRATION_FAILED',
      `Expected a value of version ${version} to be converted, got an error`,
      {
        cause,
        context: { store: spec.name },
      },
    );
  }
}

function versionOf(headers: Headers): number {
  for (const [name, value] of headers) if (name === VERSION_HEADER && value !== null) return Number(value.toString());
  return 0;
}
