import { z } from 'zod';
import { formatBytes } from '../core/bytes.ts';
import { formatDuration } from '../core/duration.ts';
import { typeName } from '../core/type-name.ts';
import type { Option } from './option.ts';

/** The part of JSON Schema that the types of options use. */
export interface OptionSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly anyOf?: readonly OptionSchema[];
}

/** The type of an option as JSON Schema. */
export function optionSchema(declared: Option<unknown>): OptionSchema {
  return z.toJSONSchema(declared.type) as OptionSchema;
}

/** What an option allows, in words: `an integer >= 1`, `"text" or "json"`. */
export function describeAllowed(declared: Option<unknown>): string {
  return declared.allows ?? describeSchema(optionSchema(declared));
}

/** What was given instead, in words; of a secret only what kind of thing it is. */
export function describeGot(declared: Option<unknown>, given: unknown): string {
  if (given === undefined) return 'nothing';
  if (declared.secret === true) return `${typeName(given)} (not shown)`;
  return typeof given === 'object' && given !== null ? typeName(given) : describeValue(given);
}

/** A default as a person would write it in a flag: `64MiB`, `30s`, `none`. */
export function describeDefault(declared: Option<unknown>): string {
  if (!Object.hasOwn(declared, 'default')) return 'must be given';
  const value = declared.default;
  if (value === null) return 'none';
  if (typeof value === 'number' && declared.unit === 'bytes') return formatBytes(value);
  if (typeof value === 'number' && declared.unit === 'ms') return formatDuration(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function describeSchema(schema: OptionSchema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map(describeSchema).join(' or ');
  if (schema.enum !== undefined) return schema.enum.map(describeValue).join(' or ');
  if (schema.type === 'null') return 'null';
  if (schema.type === 'boolean') return 'true or false';
  if (schema.type !== 'integer' && schema.type !== 'number') return 'a string';
  return `${schema.type === 'integer' ? 'an integer' : 'a number'}${describeBounds(schema)}`;
}

/** The bounds of every integer, ±(2^53 − 1), go without saying. */
function describeBounds(schema: OptionSchema): string {
  const { minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER, exclusiveMinimum } = schema;
  const lower = exclusiveMinimum === undefined ? `>= ${minimum}` : `> ${exclusiveMinimum}`;
  const hasLower = exclusiveMinimum !== undefined || minimum > Number.MIN_SAFE_INTEGER;
  const hasUpper = maximum < Number.MAX_SAFE_INTEGER;
  if (hasLower && hasUpper) return ` ${lower} and <= ${maximum}`;
  if (hasLower) return ` ${lower}`;
  return hasUpper ? ` <= ${maximum}` : '';
}

function describeValue(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
