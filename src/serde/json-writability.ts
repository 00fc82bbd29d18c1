import { typeName } from '../core/type-name.ts';

/** `JSON.stringify` writes the value as it is. */
export const PLAIN = 0;
/** JSON can hold the value, but `JSON.stringify` alone would change or refuse a number in it: see `stringifyExactly`. */
export const EXACT = 1;
/** The value would not come back from JSON as it is. */
export const IMPOSSIBLE = 2;

/** Whether, and how, a value is written to JSON so that it comes back as it is. */
export type JsonWritability = typeof PLAIN | typeof EXACT | typeof IMPOSSIBLE;

/**
 * Looks at every member, because `JSON.stringify` changes silently what JSON cannot hold (NaN becomes null, a Map {}).
 * A property that is undefined counts as absent. Makes no objects, for this runs once per record.
 */
export function jsonWritability(value: unknown): JsonWritability {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return PLAIN;
    case 'number':
      return numberWritability(value);
    case 'bigint':
      return EXACT;
    case 'object':
      if (value === null) return PLAIN;
      return Array.isArray(value) ? arrayWritability(value) : objectWritability(value as { [name: string]: unknown });
    default:
      return IMPOSSIBLE;
  }
}

/** Where the first value that JSON cannot hold is, and what it is; null if there is none. For messages: no values in it. */
export function findUnwritable(value: unknown, path = '$'): string | null {
  if (jsonWritability(value) !== IMPOSSIBLE) return null;
  if (typeof value === 'object' && value !== null && (Array.isArray(value) || isPlainObject(value))) {
    for (const [name, member] of Object.entries(value)) {
      if (member === undefined && !Array.isArray(value)) continue;
      const found = findUnwritable(member, Array.isArray(value) ? `${path}[${name}]` : `${path}.${name}`);
      if (found !== null) return found;
    }
    return `an array with holes at ${path}`;
  }
  return `${typeName(value)} at ${path}`;
}

function numberWritability(value: number): JsonWritability {
  if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) {
    return value === 0 && 1 / value < 0 ? EXACT : PLAIN;
  }
  return Number.isFinite(value) ? EXACT : IMPOSSIBLE;
}

function arrayWritability(values: readonly unknown[]): JsonWritability {
  let result: JsonWritability = PLAIN;
  for (let index = 0; index < values.length; index++) {
    const one = jsonWritability(values[index]);
    if (one === IMPOSSIBLE) return IMPOSSIBLE;
    if (one === EXACT) result = EXACT;
  }
  return result;
}

function objectWritability(value: { readonly [name: string]: unknown }): JsonWritability {
  if (!isPlainObject(value)) return IMPOSSIBLE;
  let result: JsonWritability = PLAIN;
  for (const name in value) {
    const member = value[name];
    if (member === undefined) continue;
    const one = jsonWritability(member);
    if (one === IMPOSSIBLE) return IMPOSSIBLE;
    if (one === EXACT) result = EXACT;
  }
  return result;
}

/** Objects of another realm have another `Object.prototype`, which is plain too: it has no prototype itself. */
function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}
