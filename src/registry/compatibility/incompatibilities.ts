import type { ResolvedSchema } from '../../serde/registry/schema-language.ts';
import type { CompatibilityLevel } from './compatibility-level.ts';
import type { SchemaChecks } from './schema-checks.ts';

/** A version that a new schema is compared with. */
export interface EarlierVersion {
  readonly version: number;
  /** Null when it is in another language, which nothing is compatible with. */
  readonly schema: ResolvedSchema | null;
}

/** Why a schema may not follow the versions there are, the oldest first; nothing when it may. */
export function incompatibilities(
  level: CompatibilityLevel,
  { schema, earlier, checks }: { schema: ResolvedSchema; earlier: readonly EarlierVersion[]; checks: SchemaChecks },
): readonly string[] {
  if (level === 'NONE') return [];
  const compared = level.endsWith('_TRANSITIVE') ? earlier : earlier.slice(-1);
  const isBackward = level.startsWith('BACKWARD') || level.startsWith('FULL');
  const isForward = level.startsWith('FORWARD') || level.startsWith('FULL');
  return compared.flatMap(({ version, schema: old }) => {
    if (old === null) return [`Version ${version} is of another schema type`];
    const found: string[] = [];
    const backward = isBackward ? checks.unreadable(schema, old) : null;
    if (backward !== null) found.push(`The new schema cannot read data written with version ${version}: ${backward}`);
    const forward = isForward ? checks.unreadable(old, schema) : null;
    if (forward !== null) found.push(`Version ${version} cannot read data written with the new schema: ${forward}`);
    return found;
  });
}
