import type { MaybePromise } from '../core/maybe-promise.ts';

/**
 * What Millrace asks of a storage engine: an ordered map of bytes with atomic batches. One engine holds one store of one
 * task. Backends implement it and pass one conformance suite (`test/store/engine-conformance.ts`).
 *
 * Keys are ordered by unsigned bytes. Buffers given are kept, and those returned are shared: neither is changed.
 */
export interface StoreEngine {
  /** The value of a key, or null. Synchronous: one promise per record costs more than the engine. */
  get(key: Buffer): Buffer | null;
  /** The entries of a range in key order, in batches. Sees the engine as it was when the scan began. */
  scan(range: ScanRange): EngineCursor;
  /**
   * Applies the writes and the position in one atomic step: after a crash all of it is there, or none.
   * A null value deletes.
   */
  write(writes: readonly EngineWrite[], position: StorePosition): Promise<void>;
  /** The position of the last write; null for a new engine. */
  readonly position: StorePosition | null;
  /** About how many entries there are; exact where that costs nothing. */
  approximateEntries(): MaybePromise<number>;
  /** How large it is, as far as that is known without reading it; null for what is not. */
  knownSize(): MaybePromise<EngineSize>;
  close(): Promise<void>;
}

/** How large an engine is. */
export interface EngineSize {
  readonly entries: number | null;
  /** On disk. */
  readonly bytes: number | null;
}

/** A put (value) or a delete (null). */
export interface EngineWrite {
  readonly key: Buffer;
  readonly value: Buffer | null;
}

/** The offset in the changelog partition up to which the engine holds its records (the next one to replay). */
export type StorePosition = number;

/** A range of keys, both ends optional; `from` is included, `to` is not. `reverse` starts at its end. */
export interface ScanRange {
  readonly from?: Buffer;
  readonly to?: Buffer;
  readonly reverse?: boolean;
}

/** Reads a range batch by batch. */
export interface EngineCursor {
  /** The next entries in order, at most about a thousand; empty at the end. At once where the engine can, else later. */
  next(): MaybePromise<readonly EngineEntry[]>;
  close(): MaybePromise<void>;
}

/** An entry of an engine. */
export interface EngineEntry {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** Makes engines: `memory`, `leveldb`. */
export interface StoreBackend {
  readonly name: string;
  /** Whether entries outlive the process. */
  readonly persistent: boolean;
  /** Opens the engine kept in this directory, or makes it. Throws STORE_LOCKED, STORE_CORRUPTED, STORE_STORAGE. */
  open(directory: string): Promise<StoreEngine>;
  /** Deletes what is kept in this directory; nothing there is no error. */
  destroy(directory: string): Promise<void>;
}
