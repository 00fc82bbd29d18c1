import protobuf from 'protobufjs';
import { keyKindOf, valueKindOf, wireKindOf } from './wire-kinds.ts';

/**
 * Why bytes of one version of a message would be read wrongly by another: a field number that has another kind of values
 * there. Null when nothing is. A registry that checks compatibility lets none of that happen.
 */
export function wireMisfit(wanted: protobuf.Type, written: protobuf.Type): string | null {
  return misfitOf(wanted, written, new Set());
}

function misfitOf(wanted: protobuf.Type, written: protobuf.Type, seen: Set<string>): string | null {
  const pair = `${wanted.fullName} ${written.fullName}`;
  if (wanted === written || seen.has(pair)) return null;
  seen.add(pair);
  for (const field of wanted.fieldsArray) {
    const other = written.fieldsById[field.id];
    if (other === undefined) continue;
    field.resolve();
    other.resolve();
    if (!areAlike(field, other)) return `field ${field.id} (${field.fullName.replace(/^\./, '')}) is of another type`;
    if (field.resolvedType instanceof protobuf.Type && other.resolvedType instanceof protobuf.Type) {
      const found = misfitOf(field.resolvedType, other.resolvedType, seen);
      if (found !== null) return found;
    }
  }
  return null;
}

function areAlike(field: protobuf.Field, other: protobuf.Field): boolean {
  if (wireKindOf(field) !== wireKindOf(other) || valueKindOf(field) !== valueKindOf(other)) return false;
  if (field instanceof protobuf.MapField && other instanceof protobuf.MapField)
    return keyKindOf(field) === keyKindOf(other);
  return true;
}
