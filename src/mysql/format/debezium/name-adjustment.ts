/** What becomes of names that Avro does not allow: nothing, `_`, or `_u` and the hexadecimal code of each character. */
export type NameAdjustment = 'none' | 'avro' | 'avro_unicode';

/** The full name of a schema, whose parts are between dots. */
export function adjustSchemaName(name: string, mode: NameAdjustment): string {
  return mode === 'none' ? name : adjust(name, mode, /[A-Za-z0-9_.]/);
}

/** The name of a field. */
export function adjustFieldName(name: string, mode: NameAdjustment): string {
  return mode === 'none' ? name : adjust(name, mode, /[A-Za-z0-9_]/);
}

/** A topic's name with an underscore for each character that Kafka does not allow. */
export function sanitizeTopic(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9._-]/gu, '_');
}

function adjust(name: string, mode: NameAdjustment, allowed: RegExp): string {
  let text = '';
  for (let index = 0; index < name.length; index++) {
    const character = name[index] as string;
    const isAllowed = allowed.test(character) && !(index === 0 && /[0-9]/.test(character));
    text += isAllowed && !(mode === 'avro_unicode' && character === '_') ? character : replacement(character, mode);
  }
  return text;
}

function replacement(character: string, mode: NameAdjustment): string {
  return mode === 'avro' ? '_' : `_u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
