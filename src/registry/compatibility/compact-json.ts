const STRING_OR_SPACE = /("(?:[^"\\]|\\.)*")|\s+/g;

/**
 * JSON without white space, and else as it is: parsed and written anew, a bound or a default beyond 2^53 would change. Texts
 * that are no JSON stay: what is wrong with them is told when they are validated.
 */
export function compactJson(schema: string): string {
  try {
    JSON.parse(schema);
  } catch {
    return schema;
  }
  return schema.replaceAll(STRING_OR_SPACE, '$1');
}
