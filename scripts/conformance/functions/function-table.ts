import type { Json, JsonObject } from '../case-file.ts';
import { objectOf } from './values.ts';

/** The functions of one role by name: each makes the function that a case describes from its fields. */
export interface FunctionTable<F> {
  readonly [name: string]: (spec: JsonObject) => F;
}

/** Makes the function that `spec` names. Throws when the table has none of that name: the case then is not one of ours. */
export function compile<F>(role: string, table: FunctionTable<F>, spec: Json | undefined): F {
  const described = objectOf(spec);
  const name = described?.['fn'];
  if (described === null || typeof name !== 'string' || !Object.hasOwn(table, name)) {
    throw new Error(`Expected a known ${role} (${Object.keys(table).join(', ')}), got ${JSON.stringify(spec)}`);
  }
  return (table[name] as (spec: JsonObject) => F)(described);
}

/** A field that holds text, where it is there. */
export function optionalText(spec: JsonObject, field: string): string | undefined {
  const value = spec[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw new Error(`Expected "${field}" to be text, got ${JSON.stringify(spec)}`);
  return value;
}

/** A field that holds text. */
export function requiredText(spec: JsonObject, field: string): string {
  const value = optionalText(spec, field);
  if (value === undefined) throw new Error(`Expected "${field}", got ${JSON.stringify(spec)}`);
  return value;
}

/** A field that holds a number. */
export function requiredNumber(spec: JsonObject, field: string): number {
  const value = spec[field];
  if (typeof value !== 'number') throw new Error(`Expected the number "${field}", got ${JSON.stringify(spec)}`);
  return value;
}

/** A field that holds a list. */
export function requiredList(spec: JsonObject, field: string): readonly Json[] {
  const value = spec[field];
  if (!Array.isArray(value)) throw new Error(`Expected the list "${field}", got ${JSON.stringify(spec)}`);
  return value as readonly Json[];
}
