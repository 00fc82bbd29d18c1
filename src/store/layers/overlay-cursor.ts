import type { MaybePromise } from '../../core/maybe-promise.ts';
import { Datum } from '../../serde/datum.ts';
import type { Serde } from '../../serde/serde.ts';
import type { EngineCursor, EngineEntry } from '../engine.ts';
import type { StoreCursor, StoreEntry } from '../store.ts';
import { timestampOf, valueOf } from './timestamped-value.ts';
import type { DirtyEntry, IdentifiedEntry } from './write-buffer.ts';

/** The most entries handed over at once when only the overlay is left. */
const BATCH_ENTRIES = 1000;

/** What an overlay cursor reads, and how. */
interface OverlayCursorOptions<K, V> {
  readonly keySerde: Serde<K>;
  readonly valueSerde: Serde<V>;
  /** The dirty entries of the range in the order of the scan. */
  readonly overlay: readonly IdentifiedEntry<V>[];
  readonly reverse: boolean;
}

/**
 * Merges the dirty entries of a range over an engine's entries, both in the same order: of a key in both the dirty one
 * counts, and deleted keys are left out. It waits only where the engine's cursor does.
 */
export class OverlayCursor<K, V> implements StoreCursor<K, V> {
  readonly #engineCursor: EngineCursor;
  readonly #keySerde: Serde<K>;
  readonly #valueSerde: Serde<V>;
  readonly #overlay: readonly IdentifiedEntry<V>[];
  readonly #reverse: boolean;
  readonly #onBatch: (batch: readonly EngineEntry[]) => MaybePromise<readonly StoreEntry<K, V>[]>;
  #at = 0;
  #engineEnded = false;

  constructor(engineCursor: EngineCursor, options: OverlayCursorOptions<K, V>) {
    this.#engineCursor = engineCursor;
    this.#keySerde = options.keySerde;
    this.#valueSerde = options.valueSerde;
    this.#overlay = options.overlay;
    this.#reverse = options.reverse;
    this.#onBatch = (batch) => {
      const entries = this.#merge(batch);
      return entries.length === 0 && !this.#engineEnded ? this.next() : entries;
    };
  }

  next(): MaybePromise<readonly StoreEntry<K, V>[]> {
    while (!this.#engineEnded) {
      const batch = this.#engineCursor.next();
      if (batch instanceof Promise) return batch.then(this.#onBatch);
      const entries = this.#merge(batch);
      if (entries.length > 0) return entries;
    }
    return this.#restOfOverlay();
  }

  close(): MaybePromise<void> {
    this.#engineEnded = true;
    this.#at = this.#overlay.length;
    return this.#engineCursor.close();
  }

  #merge(batch: readonly EngineEntry[]): StoreEntry<K, V>[] {
    if (batch.length === 0) {
      this.#engineEnded = true;
      return this.#restOfOverlay();
    }
    const entries: StoreEntry<K, V>[] = [];
    for (const stored of batch) {
      if (this.#at === this.#overlay.length || !this.#overlaid(stored.key, entries))
        entries.push(this.#entryOf(stored));
    }
    return entries;
  }

  /** Adds the dirty entries up to this key; true when one of them is of this key itself. */
  #overlaid(key: Buffer, entries: StoreEntry<K, V>[]): boolean {
    const id = key.toString('latin1');
    while (this.#at < this.#overlay.length) {
      const dirty = this.#overlay[this.#at] as IdentifiedEntry<V>;
      if (this.#reverse ? dirty.id < id : dirty.id > id) return false;
      this.#at++;
      this.#addDirty(dirty.entry, entries);
      if (dirty.id === id) return true;
    }
    return false;
  }

  #restOfOverlay(): StoreEntry<K, V>[] {
    const entries: StoreEntry<K, V>[] = [];
    while (this.#at < this.#overlay.length && entries.length < BATCH_ENTRIES) {
      this.#addDirty((this.#overlay[this.#at++] as IdentifiedEntry<V>).entry, entries);
    }
    return entries;
  }

  #addDirty({ key, datum, timestamp }: DirtyEntry<V>, entries: StoreEntry<K, V>[]): void {
    if (datum !== null) entries.push({ key: Datum.ofBytes(key, this.#keySerde), datum, timestamp });
  }

  #entryOf({ key, value }: EngineEntry): StoreEntry<K, V> {
    return {
      key: Datum.ofBytes(key, this.#keySerde),
      datum: Datum.ofBytes(valueOf(value), this.#valueSerde),
      timestamp: timestampOf(value),
    };
  }
}
