import { MillraceError } from '../../core/millrace-error.ts';
import type {
  EngineCursor,
  EngineEntry,
  EngineSize,
  EngineWrite,
  ScanRange,
  StoreEngine,
  StorePosition,
} from '../engine.ts';
import { AFTER_ALL_IDS, compareIds, createKeyTree, type KeyTree } from '../key-tree.ts';

/** The most entries a cursor returns at once. */
const BATCH_ENTRIES = 1000;

/**
 * Entries in memory: key ids (see `KeyTree`) and values, both as latin1 strings. A string takes a byte per byte and
 * nothing else; a Buffer costs a hundred bytes more, and keeps alive the whole slab that it is a slice of, even when all
 * its neighbours have been overwritten.
 *
 * A Map answers gets. The ordered tree beside it is made at the first scan: most stores are never scanned. A cursor reads
 * the tree it began with; a write while cursors are open goes to a copy, which shares all nodes that it does not touch.
 */
export class MemoryEngine implements StoreEngine {
  readonly #values = new Map<string, string>();
  #tree: KeyTree<string> | null = null;
  #openCursors = 0;
  #position: StorePosition | null = null;
  #closed = false;

  get position(): StorePosition | null {
    return this.#position;
  }

  get(key: Buffer): Buffer | null {
    if (this.#closed) throw closedError();
    const value = this.#values.get(key.toString('latin1'));
    return value === undefined ? null : Buffer.from(value, 'latin1');
  }

  scan(range: ScanRange): EngineCursor {
    if (this.#closed) throw closedError();
    this.#tree ??= treeOf(this.#values);
    this.#openCursors++;
    return new MemoryCursor(this.#tree, range, () => this.#openCursors--);
  }

  async write(writes: readonly EngineWrite[], position: StorePosition): Promise<void> {
    if (this.#closed) throw closedError();
    if (this.#tree !== null && this.#openCursors > 0) this.#tree = this.#tree.clone();
    for (const { key, value } of writes) {
      const id = key.toString('latin1');
      if (value === null) {
        this.#values.delete(id);
        this.#tree?.delete(id);
      } else {
        const kept = value.toString('latin1');
        this.#values.set(id, kept);
        this.#tree?.set(id, kept);
      }
    }
    this.#position = position;
  }

  approximateEntries(): number {
    return this.#values.size;
  }

  knownSize(): EngineSize {
    return { entries: this.#values.size, bytes: null };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#values.clear();
    this.#tree = null;
  }
}

class MemoryCursor implements EngineCursor {
  readonly #tree: KeyTree<string>;
  readonly #from: string;
  readonly #to: string;
  readonly #reverse: boolean;
  readonly #onClose: () => void;
  /** Where the next batch begins: the first key not read yet, or the last one read when in reverse. */
  #at: string;
  #open = true;

  constructor(tree: KeyTree<string>, range: ScanRange, onClose: () => void) {
    this.#tree = tree;
    this.#from = range.from?.toString('latin1') ?? '';
    this.#to = range.to?.toString('latin1') ?? AFTER_ALL_IDS;
    this.#reverse = range.reverse === true;
    this.#at = this.#reverse ? this.#to : this.#from;
    this.#onClose = onClose;
  }

  next(): readonly EngineEntry[] {
    if (!this.#open) return [];
    const entries = this.#reverse ? this.#readBackward() : this.#readForward();
    if (entries.length === 0) this.close();
    return entries;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#onClose();
  }

  #readForward(): EngineEntry[] {
    const entries: EngineEntry[] = [];
    if (this.#at >= this.#to) return entries;
    const last = this.#tree.forRange(this.#at, this.#to, false, (id, value) => {
      entries.push({ key: Buffer.from(id, 'latin1'), value: Buffer.from(value, 'latin1') });
      return entries.length === BATCH_ENTRIES ? { break: id } : undefined;
    }) as number | string;
    this.#at = typeof last === 'string' ? `${last}\0` : this.#to;
    return entries;
  }

  #readBackward(): EngineEntry[] {
    const entries: EngineEntry[] = [];
    for (const [id, value] of this.#tree.entriesReversed(this.#at, [], true)) {
      if (id < this.#from) break;
      entries.push({ key: Buffer.from(id, 'latin1'), value: Buffer.from(value, 'latin1') });
      this.#at = id;
      if (entries.length === BATCH_ENTRIES) break;
    }
    return entries;
  }
}

function treeOf(values: ReadonlyMap<string, string>): KeyTree<string> {
  const pairs = [...values].sort((a, b) => compareIds(a[0], b[0]));
  return createKeyTree(pairs);
}

function closedError(): MillraceError {
  return new MillraceError('STORE_CLOSED', 'Expected the memory engine to be open, got a call after it was closed');
}
