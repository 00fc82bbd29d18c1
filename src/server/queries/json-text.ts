/**
 * A key or value as JSON, by its own type. What JSON has no type for is text: a bigint its digits, a Buffer or other bytes
 * base64, a Date ISO 8601, NaN and infinities their names; a Map becomes an object, or a list of pairs where its keys are no
 * strings, a Set a list.
 */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, replacer) ?? 'null';
}

/** Looks at the member itself: what it is called with has been through `toJSON` already. */
function replacer(this: unknown, name: string, given: unknown): unknown {
  const value = (this as { readonly [name: string]: unknown })[name];
  switch (typeof value) {
    case 'bigint':
      return value.toString();
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'object':
      return value === null ? null : objectText(value, given);
    default:
      return given;
  }
}

function objectText(value: object, given: unknown): unknown {
  if (value instanceof Uint8Array) return bytesText(value);
  if (value instanceof Set) return [...value];
  if (!(value instanceof Map)) return given;
  const entries = [...value];
  return entries.every(([key]) => typeof key === 'string') ? Object.fromEntries(entries) : entries;
}

function bytesText({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}
