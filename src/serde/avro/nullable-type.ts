import { UnwrappedUnionType } from './extensible-types.ts';

/**
 * A union of null and one other type. The value tells which it is whatever the other type's values look like; avsc guesses
 * by `typeof` and knows no bigint.
 */
class NullFirstType extends UnwrappedUnionType {
  override _getIndex(value: unknown): number {
    return value === null ? 0 : 1;
  }
}

/** The same, with null as the second branch. */
class NullLastType extends UnwrappedUnionType {
  override _getIndex(value: unknown): number {
    return value === null ? 1 : 0;
  }
}

/** The type of a union of null and one other; undefined for every other union. */
export function nullableType(branches: readonly unknown[], options: object): object | undefined {
  if (branches.length !== 2) return undefined;
  const nullIndex = branches.findIndex(isNull);
  if (nullIndex === -1 || branches.every(isNull)) return undefined;
  return nullIndex === 0 ? new NullFirstType(branches, options) : new NullLastType(branches, options);
}

function isNull(branch: unknown): boolean {
  return (
    branch === 'null' || (branch !== null && typeof branch === 'object' && 'type' in branch && branch.type === 'null')
  );
}
