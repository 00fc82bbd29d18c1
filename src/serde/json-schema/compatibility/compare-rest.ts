import type { JsonSchemaNode } from '../parsed-json-schema.ts';
import type { Compare, Incompatibilities } from './compare.ts';
import type { Keywords } from './schema-shape.ts';

/** What says what may be beside the members that are named. */
export type RestKeyword = 'additionalProperties' | 'unevaluatedProperties' | 'additionalItems' | 'unevaluatedItems';

/** Whether what may be beside the named members has become less: `ADDITIONAL_PROPERTIES_REMOVED at #/additionalProperties`. */
export function compareRest(
  pair: { readonly path: string; readonly before: Keywords; readonly after: Keywords },
  keyword: RestKeyword,
  compare: Compare,
): Incompatibilities {
  const path = `${pair.path}/${keyword}`;
  const name = keyword.replaceAll(/[A-Z]/g, '_$&').toUpperCase();
  const [before, after] = [pair.before[keyword] ?? true, pair.after[keyword] ?? true] as [
    JsonSchemaNode,
    JsonSchemaNode,
  ];
  if (before === false || after === true) return [];
  if (after === false) return [`${name}_REMOVED at ${path}`];
  if (before === true || (isEmpty(before) && !isEmpty(after))) {
    return keyword.startsWith('unevaluated') && isEmpty(after) ? [] : [`${name}_NARROWED at ${path}`];
  }
  return compare({ path, before, after });
}

function isEmpty(node: JsonSchemaNode): boolean {
  return typeof node === 'object' && Object.keys(node).length === 0;
}
