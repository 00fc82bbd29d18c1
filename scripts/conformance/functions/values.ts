import type { CaseKey, Json, JsonObject } from '../case-file.ts';

/** The object that a value is; null for any other. */
export function objectOf(value: Json | undefined): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

/** A copy of the object that a value is (an empty one for any other) with one field set. */
export function withField(value: Json | undefined, field: string, to: Json): JsonObject {
  return { ...objectOf(value), [field]: to };
}

/** The elements of an array; none for any other value. */
export function elementsOf(value: Json): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

/** What is at a dotted path of a value; without a path the value. Null where there is nothing. */
export function get(value: Json, path: string | undefined): Json {
  if (path === undefined) return value;
  let current: Json = value;
  for (const name of path.split('.')) {
    const object = objectOf(current);
    current = object !== null && Object.hasOwn(object, name) ? (object[name] as Json) : null;
  }
  return current;
}

/** A value as a number: what is none counts as 0. */
export function num(value: Json | undefined): number {
  return typeof value === 'number' ? value : 0;
}

/** A string, number or boolean as text; null for anything else. */
export function str(value: Json): string | null {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'boolean':
      return String(value);
    default:
      return null;
  }
}

/** As `str`, with the word null for what has no text. */
export function text(value: Json): string {
  return str(value) ?? 'null';
}

/** The string of a key; the inner one of a windowed key. */
export function keyText(key: CaseKey): string | null {
  return typeof key === 'object' && key !== null ? key.key : key;
}

/** Whether two values are the same, in whatever order their fields are. */
export function deepEqual(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (Array.isArray(a) || Array.isArray(b)) return sameElements(a, b);
  const [left, right] = [objectOf(a), objectOf(b)];
  if (left === null || right === null) return false;
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && deepEqual(left[name] as Json, right[name] as Json))
  );
}

function sameElements(a: Json, b: Json): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return false;
  const [left, right] = [a as readonly Json[], b as readonly Json[]];
  return left.length === right.length && left.every((item, index) => deepEqual(item, right[index] as Json));
}
