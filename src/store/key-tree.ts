import { createRequire } from 'node:module';
import type * as SortedBTree from 'sorted-btree';

// The package is CommonJS with its class under `default`, which Node and test runners import differently.
const sortedBtree = createRequire(import.meta.url)('sorted-btree') as typeof SortedBTree.default;

/**
 * A sorted map by key id: the key's bytes as a latin1 string, one character per byte, which `<` orders as unsigned bytes.
 */
export type KeyTree<V> = SortedBTree.default<string, V>;

/** Greater than every key id: they hold no character above 0xff. */
export const AFTER_ALL_IDS = '\u0100';

/** A tree of these pairs, which are best given in order. */
export function createKeyTree<V>(pairs: [string, V][] = []): KeyTree<V> {
  return new sortedBtree.default<string, V>(pairs, compareIds);
}

/** Orders key ids as their bytes are ordered. */
export function compareIds(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
