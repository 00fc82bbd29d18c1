import type { Datum } from '../../serde/datum.ts';
import { AFTER_ALL_IDS, compareIds, createKeyTree, type KeyTree } from '../key-tree.ts';

/** The last change of a key that is not in the engine yet; a null datum is a delete. */
export interface DirtyEntry<V> {
  readonly key: Buffer;
  readonly datum: Datum<V> | null;
  readonly timestamp: number;
}

/** A dirty entry with its key's id (see `KeyTree`). */
export interface IdentifiedEntry<V> {
  readonly id: string;
  readonly entry: DirtyEntry<V>;
}

/** A range of ids; `from` is included, `to` is not, null is open. */
interface IdRange {
  readonly from: string | null;
  readonly to: string | null;
}

/** One generation of changes: what was put since the last seal, by key id, in the order the keys were first put. */
export class WriteBuffer<V> {
  readonly #entries = new Map<string, DirtyEntry<V>>();
  readonly #ordered: boolean;
  /** Null until the first scan: most generations of stores that are scanned see none, and a tree costs more than the map. */
  #order: KeyTree<undefined> | null = null;
  #keyBytes = 0;

  /** An ordered buffer keeps its ids sorted from the first scan on; one that is not sorts what a scan touches. */
  constructor(ordered: boolean) {
    this.#ordered = ordered;
  }

  /** How many keys are dirty. */
  get size(): number {
    return this.#entries.size;
  }

  /** The bytes of the dirty keys. */
  get keyBytes(): number {
    return this.#keyBytes;
  }

  get(id: string): DirtyEntry<V> | undefined {
    return this.#entries.get(id);
  }

  put(id: string, entry: DirtyEntry<V>): void {
    const before = this.#entries.size;
    this.#entries.set(id, entry);
    if (this.#entries.size === before) return;
    this.#keyBytes += entry.key.length;
    if (this.#order !== null) this.#order.set(id, undefined);
  }

  /** Ids and entries in the order of their first put. */
  entries(): IterableIterator<[string, DirtyEntry<V>]> {
    return this.#entries.entries();
  }

  /** The entries of a range in ascending order. */
  range({ from, to }: IdRange): IdentifiedEntry<V>[] {
    const found: IdentifiedEntry<V>[] = [];
    if (this.#entries.size === 0) return found;
    if (!this.#ordered) {
      for (const [id, entry] of this.#entries) {
        if ((from === null || id >= from) && (to === null || id < to)) found.push({ id, entry });
      }
      return found.sort((a, b) => compareIds(a.id, b.id));
    }
    this.#order ??= orderOf(this.#entries.keys());
    this.#order.forRange(from ?? '', to ?? AFTER_ALL_IDS, false, (id) => {
      found.push({ id, entry: this.#entries.get(id) as DirtyEntry<V> });
    });
    return found;
  }
}

function orderOf(ids: Iterable<string>): KeyTree<undefined> {
  const pairs = Array.from(ids, (id): [string, undefined] => [id, undefined]);
  return createKeyTree(pairs.sort((a, b) => compareIds(a[0], b[0])));
}

/** The entries of a newer and an older generation, ascending; of a key in both, the newer. */
export function mergeGenerations<V>(newer: IdentifiedEntry<V>[], older: IdentifiedEntry<V>[]): IdentifiedEntry<V>[] {
  if (older.length === 0) return newer;
  if (newer.length === 0) return older;
  const merged: IdentifiedEntry<V>[] = [];
  let at = 0;
  for (const item of newer) {
    while (at < older.length && (older[at] as IdentifiedEntry<V>).id < item.id) {
      merged.push(older[at++] as IdentifiedEntry<V>);
    }
    if (older[at]?.id === item.id) at++;
    merged.push(item);
  }
  while (at < older.length) merged.push(older[at++] as IdentifiedEntry<V>);
  return merged;
}
