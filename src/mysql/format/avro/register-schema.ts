import { MillraceError } from '../../../core/millrace-error.ts';
import type { SchemaRegistry } from '../../../serde/registry/schema-registry.ts';

/** Where a schema goes. */
export interface Registration {
  readonly registry: SchemaRegistry;
  readonly subject: string;
  /** The table that it is of, for messages. */
  readonly table: string;
}

/**
 * The id of an Avro schema under a subject, registered if it is not yet. Throws MYSQL_SCHEMA_INCOMPATIBLE with the registry's
 * own words, and what the registry throws.
 */
export async function registerSchema(to: Registration, schema: string): Promise<number> {
  const { registry, subject, table } = to;
  try {
    return await registry.register(subject, { type: 'AVRO', schema, references: [] });
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    if (error.code !== 'SCHEMA_INCOMPATIBLE') throw error.at({ table });
    throw new MillraceError(
      'MYSQL_SCHEMA_INCOMPATIBLE',
      `Expected the schema registry to take the new schema of ${table} under "${subject}", got: ${error.message}. Undo the change, or allow it: PUT /config/${subject} {"compatibility":"NONE"}`,
      { cause: error, context: { table, subject } },
    );
  }
}
