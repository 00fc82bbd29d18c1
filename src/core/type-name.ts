/**
 * What kind of thing a value is, for error messages that must not show the value itself:
 * `null`, `a string`, `NaN`, `an unsafe integer`, `an instance of Date`.
 */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'number') return numberName(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  if (Array.isArray(value)) return 'an array';
  const constructor: unknown = (Object.getPrototypeOf(value) as object | null)?.constructor;
  if (typeof constructor !== 'function' || constructor === Object) return 'an object';
  return `an instance of ${constructor.name}`;
}

function numberName(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (!Number.isInteger(value)) return 'a number with a fraction';
  return Number.isSafeInteger(value) ? 'an integer' : 'an unsafe integer';
}
