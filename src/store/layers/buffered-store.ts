import { MillraceError } from '../../core/millrace-error.ts';
import type { MaybePromise } from '../../core/maybe-promise.ts';
import { Datum } from '../../serde/datum.ts';
import type { Serde } from '../../serde/serde.ts';
import type { EngineSize, EngineWrite, ScanRange, StoreEngine, StorePosition } from '../engine.ts';
import { rangeBetween, rangeOfPrefix } from '../key-range.ts';
import {
  ROWS,
  type StoreCursor,
  type StoreShape,
  type StoreSpec,
  type TimestampedDatum,
  type TimestampedKeyValueStore,
} from '../store.ts';
import { OverlayCursor } from './overlay-cursor.ts';
import { ReadCache } from './read-cache.ts';
import { encodeTimestampedValue, timestampOf, valueOf } from './timestamped-value.ts';
import { mergeGenerations, WriteBuffer } from './write-buffer.ts';

/** A change of a store as its changelog topic carries it; a null value is a tombstone. */
export interface ChangelogRecord {
  readonly key: Buffer;
  readonly value: Buffer | null;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
}

/** How much a buffered store may hold beside its dirty entries. */
export interface BufferedStoreOptions {
  /** How much of clean entries to keep deserialized in front of the engine, in serialized bytes; 0 keeps none. */
  readonly cacheBytes?: number;
}

const DEFAULT_CACHE_BYTES = 16 * 1024 * 1024;
/** What an entry costs beside its key and value bytes: the map slot, the objects, the id string's header. */
const ENTRY_OVERHEAD_BYTES = 150;
/** The first guess at the size of values that are not serialized yet. */
const INITIAL_VALUE_BYTES = 100;

/**
 * A store's part of one task: a write buffer and a read cache over an engine.
 *
 * Puts stay in the buffer, unserialized, until the commit: `seal()` freezes them and returns what the changelog gets,
 * `flush()` writes them to the engine together with the changelog position, in one atomic step. Between the two,
 * processing goes on into a new buffer. Reads look at the buffer, what is sealed, the cache, the engine, in this order.
 */
export class BufferedStore<K, V> implements TimestampedKeyValueStore<K, V> {
  readonly name: string;
  readonly keySerde: Serde<K>;
  readonly valueSerde: Serde<V>;
  readonly shape: StoreShape;
  readonly #engine: StoreEngine;
  readonly #ordered: boolean;
  readonly #cachesWrites: boolean;
  readonly #cache: ReadCache<TimestampedDatum<V>>;
  #buffer: WriteBuffer<V>;
  #sealed: WriteBuffer<V> | null = null;
  #averageValueBytes = INITIAL_VALUE_BYTES;
  #closed = false;
  #gets = 0;
  #engineGets = 0;
  // A record's key is looked up and then put: its id is made once.
  #lastKey: Buffer | null = null;
  #lastId = '';

  constructor(spec: StoreSpec<K, V>, engine: StoreEngine, options: BufferedStoreOptions = {}) {
    this.name = spec.name;
    this.keySerde = spec.keySerde;
    this.valueSerde = spec.valueSerde;
    this.shape = spec.shape ?? ROWS;
    this.#engine = engine;
    this.#ordered = spec.scans;
    this.#cachesWrites = spec.caches !== 'reads';
    this.#cache = new ReadCache(options.cacheBytes ?? DEFAULT_CACHE_BYTES);
    this.#buffer = new WriteBuffer(this.#ordered);
  }

  /** The changelog offset up to which the engine holds the records; null for a new engine. */
  get position(): StorePosition | null {
    return this.#engine.position;
  }

  /** About how many bytes the entries put since the last seal take. */
  get bufferedBytes(): number {
    return this.#buffer.keyBytes + this.#buffer.size * (this.#averageValueBytes + ENTRY_OVERHEAD_BYTES);
  }

  /** How often a key was looked up. */
  get gets(): number {
    return this.#gets;
  }

  /** How often neither uncommitted changes nor the cache had an answer to that. */
  get engineGets(): number {
    return this.#engineGets;
  }

  /** About how many bytes of entries are cached. */
  get cacheBytes(): number {
    return this.#cache.bytes;
  }

  get(key: Datum<K>): TimestampedDatum<V> | null {
    this.#gets++;
    const bytes = key.bytes(this.keySerde);
    const id = this.#idOf(bytes);
    const dirty = this.#buffer.get(id) ?? this.#sealed?.get(id);
    if (dirty !== undefined) return dirty.datum === null ? null : (dirty as TimestampedDatum<V>);
    return this.#cache.get(id) ?? this.#load(id, bytes);
  }

  put(key: Datum<K>, value: Datum<V> | null, timestamp: number): void {
    if (this.#closed) throw this.#closedError();
    const bytes = key.bytes(this.keySerde);
    this.#buffer.put(this.#idOf(bytes), { key: bytes, datum: value, timestamp });
  }

  scanPrefix(prefix: Buffer, options: { reverse?: boolean } = {}): StoreCursor<K, V> {
    return this.#scan({ ...rangeOfPrefix(prefix), reverse: options.reverse === true });
  }

  scanRange(from: Datum<K> | null, to: Datum<K> | null, options: { reverse?: boolean } = {}): StoreCursor<K, V> {
    const first = from === null ? null : from.bytes(this.keySerde);
    const last = to === null ? null : to.bytes(this.keySerde);
    return this.#scan(rangeBetween(first, last, options.reverse === true));
  }

  /** The engine's count and the dirty entries; an overwritten key counts twice until it is flushed. */
  approximateEntries(): MaybePromise<number> {
    const dirty = liveEntries(this.#buffer) + (this.#sealed === null ? 0 : liveEntries(this.#sealed));
    const stored = this.#engine.approximateEntries();
    return stored instanceof Promise ? stored.then((count) => count + dirty) : stored + dirty;
  }

  /** How large what is committed is, as far as the engine knows without reading it. */
  knownSize(): MaybePromise<EngineSize> {
    return this.#engine.knownSize();
  }

  /**
   * Freezes what was put since the last seal and returns it for the changelog: one record per key, in the order of the
   * first puts. Throws INTERNAL while what was sealed before is not flushed yet, and as `Serde.serialize` does.
   */
  seal(): readonly ChangelogRecord[] {
    if (this.#sealed !== null) {
      throw new MillraceError('INTERNAL', 'Expected the sealed changes to be flushed before the next seal', {
        context: { store: this.name },
      });
    }
    const records: ChangelogRecord[] = [];
    let valueBytes = 0;
    for (const [, { key, datum, timestamp }] of this.#buffer.entries()) {
      const value = datum === null ? null : datum.bytes(this.valueSerde);
      valueBytes += value === null ? 0 : value.length;
      records.push({ key, value, timestamp });
    }
    if (records.length > 0) this.#averageValueBytes = valueBytes / records.length;
    this.#sealed = this.#buffer;
    this.#buffer = new WriteBuffer(this.#ordered);
    return records;
  }

  /**
   * Writes what is sealed (also when that is nothing) to the engine, with the changelog position, in one atomic step.
   * When it fails what is sealed stays, and reads go on seeing it. Throws STORE_STORAGE, STORE_CORRUPTED, STORE_CLOSED.
   */
  async flush(position: StorePosition): Promise<void> {
    const sealed = this.#sealed;
    if (sealed === null) {
      if (position !== this.position) await this.#engine.write([], position);
      return;
    }
    const writes: EngineWrite[] = [];
    for (const [, { key, datum, timestamp }] of sealed.entries()) {
      const value = datum === null ? null : encodeTimestampedValue(datum.bytes(this.valueSerde), timestamp);
      writes.push({ key, value });
    }
    await this.#engine.write(writes, position);
    this.#sealed = null;
    if (!this.#closed) this.#cacheFlushed(sealed);
  }

  /** Applies records of the changelog straight to the engine, in their order. Not while there are dirty entries. */
  async restore(records: readonly ChangelogRecord[], position: StorePosition): Promise<void> {
    const writes: EngineWrite[] = [];
    for (const { key, value, timestamp } of records) {
      writes.push({ key, value: value === null ? null : encodeTimestampedValue(value, timestamp) });
    }
    await this.#engine.write(writes, position);
    this.#cache.clear();
  }

  /** Closes the engine. What was not flushed is dropped: the changelog has it, or it was never committed. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#buffer = new WriteBuffer(false);
    this.#cache.clear();
    await this.#engine.close();
    this.#sealed = null;
  }

  #idOf(bytes: Buffer): string {
    if (bytes === this.#lastKey) return this.#lastId;
    this.#lastKey = bytes;
    this.#lastId = bytes.toString('latin1');
    return this.#lastId;
  }

  #load(id: string, key: Buffer): TimestampedDatum<V> | null {
    this.#engineGets++;
    const encoded = this.#engine.get(key);
    if (encoded === null) return null;
    const stored = {
      datum: Datum.ofBytes(valueOf(encoded), this.valueSerde),
      timestamp: timestampOf(encoded),
    };
    this.#cache.set(id, stored, id.length + encoded.length + ENTRY_OVERHEAD_BYTES);
    return stored;
  }

  #cacheFlushed(flushed: WriteBuffer<V>): void {
    if (!this.#cachesWrites && this.#cache.bytes === 0) return;
    for (const [id, { datum, timestamp }] of flushed.entries()) {
      if (datum === null || !this.#cachesWrites) {
        this.#cache.delete(id);
        continue;
      }
      const bytes = datum.bytes(this.valueSerde);
      const kept = { datum: datum.detached(), timestamp };
      this.#cache.set(id, kept, id.length + bytes.length + ENTRY_OVERHEAD_BYTES);
    }
  }

  #scan(range: ScanRange): StoreCursor<K, V> {
    const ids = {
      from: range.from?.toString('latin1') ?? null,
      to: range.to?.toString('latin1') ?? null,
    };
    const sealed = this.#sealed === null ? [] : this.#sealed.range(ids);
    const overlay = mergeGenerations(this.#buffer.range(ids), sealed);
    const reverse = range.reverse === true;
    return new OverlayCursor(this.#engine.scan(range), {
      keySerde: this.keySerde,
      valueSerde: this.valueSerde,
      overlay: reverse ? overlay.reverse() : overlay,
      reverse,
    });
  }

  #closedError(): MillraceError {
    return new MillraceError('STORE_CLOSED', 'Expected the store to be open, got a put after it was closed', {
      context: { store: this.name },
    });
  }
}

function liveEntries(buffer: WriteBuffer<unknown>): number {
  let live = 0;
  for (const [, { datum }] of buffer.entries()) if (datum !== null) live++;
  return live;
}
