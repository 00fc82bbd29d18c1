import type { ClassicLevel } from 'classic-level';
import type { EngineCursor, EngineSize, EngineWrite, ScanRange, StoreEngine, StorePosition } from '../engine.ts';
import { LevelDbCursor } from './leveldb-cursor.ts';
import { toStoreError } from './leveldb-error.ts';
import type { TableChecksums } from './table-checksums.ts';
import { AFTER_ALL_KEYS, POSITION_KEY, bytesOf, storedKeyOf, textOf } from './leveldb-text.ts';

/** The most bytes an iterator reads ahead in one batch. */
const BATCH_BYTES = 1024 * 1024;
/** Up to so many entries are counted one by one; a larger store is estimated from the first of them. */
const COUNTED_ENTRIES = 10_000;

/** Keys of gets are given as bytes: as a string, one that outgrows the binding's buffer may be cut within a character. */
const GET_OPTIONS = { keyEncoding: 'buffer', valueEncoding: 'utf8' };

/** Entries in one LevelDB database, which is open. The position is an entry of its own, written in each batch. */
export class LevelDbEngine implements StoreEngine {
  readonly #db: ClassicLevel;
  readonly #directory: string;
  readonly #checksums: TableChecksums;
  #position: StorePosition | null;

  /** An engine over an open database, which it will close. */
  constructor(db: ClassicLevel, checksums: TableChecksums) {
    this.#db = db;
    this.#directory = db.location;
    this.#checksums = checksums;
    const position = db.getSync(POSITION_KEY);
    this.#position = position === undefined ? null : Number(position);
  }

  get position(): StorePosition | null {
    return this.#position;
  }

  get(key: Buffer): Buffer | null {
    try {
      const value = this.#db.getSync<Buffer, string>(storedKeyOf(key), GET_OPTIONS);
      return value === undefined ? null : bytesOf(value);
    } catch (error) {
      throw toStoreError(error, this.#directory);
    }
  }

  scan({ from, to, reverse }: ScanRange): EngineCursor {
    try {
      const iterator = this.#db.iterator({
        gte: from === undefined ? '' : textOf(from),
        lt: to === undefined ? AFTER_ALL_KEYS : textOf(to),
        reverse: reverse === true,
        fillCache: true,
        highWaterMarkBytes: BATCH_BYTES,
      });
      return new LevelDbCursor(iterator, this.#directory);
    } catch (error) {
      throw toStoreError(error, this.#directory);
    }
  }

  async write(writes: readonly EngineWrite[], position: StorePosition): Promise<void> {
    try {
      const batch = this.#db.batch();
      for (const { key, value } of writes) {
        if (value === null) batch.del(textOf(key));
        else batch.put(textOf(key), textOf(value));
      }
      batch.put(POSITION_KEY, String(position));
      await batch.write();
      this.#position = position;
    } catch (error) {
      throw toStoreError(error, this.#directory);
    }
  }

  /** Counted up to 10,000; beyond that estimated from how many bytes on disk the first ones take. */
  async approximateEntries(): Promise<number> {
    const cursor = this.scan({});
    let counted = 0;
    let last: Buffer | null = null;
    try {
      while (counted < COUNTED_ENTRIES) {
        const batch = await cursor.next();
        if (batch.length === 0) return counted;
        counted += batch.length;
        last = (batch[batch.length - 1] as { readonly key: Buffer }).key;
      }
    } finally {
      await cursor.close();
    }
    return this.#estimate(counted, last as Buffer);
  }

  /** Without what LevelDB has not yet written into its tables. */
  async knownSize(): Promise<EngineSize> {
    try {
      return { entries: null, bytes: await this.#db.approximateSize('', AFTER_ALL_KEYS) };
    } catch (error) {
      throw toStoreError(error, this.#directory);
    }
  }

  async close(): Promise<void> {
    if (this.#db.status !== 'open') return;
    try {
      await this.#db.close();
      await this.#checksums.save();
    } catch (error) {
      throw toStoreError(error, this.#directory);
    }
  }

  async #estimate(counted: number, last: Buffer): Promise<number> {
    try {
      const [sample, all] = await Promise.all([
        this.#db.approximateSize('', textOf(last)),
        this.#db.approximateSize('', AFTER_ALL_KEYS),
      ]);
      return sample === 0 ? counted : Math.round((counted * all) / sample);
    } catch (error) {
      throw toStoreError(error, this.#directory);
    }
  }
}
