/** The attribute of a field with the name that its column has, where Avro does not allow that as a field's. */
export const COLUMN_ATTRIBUTE = 'column';

const ALLOWED = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * A name that Avro allows: the same where it does, else with `_u` and four hexadecimal digits for each character that it does
 * not allow there. `__proto__`, of which JavaScript makes no field, is changed too.
 */
export function avroName(name: string): string {
  if (name === '__proto__') return `${escaped('_')}_proto__`;
  return ALLOWED.test(name) ? name : name.replaceAll(/[^A-Za-z0-9_]/g, escaped).replace(/^[0-9]/, escaped);
}

/** A name of parts between dots, each as Avro allows it. */
export function avroNamespace(parts: string): string {
  return parts.split('.').map(avroName).join('.');
}

function escaped(character: string): string {
  return `_u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
