import type { ClassicLevel, Iterator } from 'classic-level';
import type { EngineCursor, EngineEntry } from '../engine.ts';
import { fromStoredKey } from './leveldb-keys.ts';
import { toStoreError } from './leveldb-error.ts';

/** The first batch is small, since most scans are; the later ones spread the cost of their promise. */
const FIRST_BATCH_ENTRIES = 128;
const BATCH_ENTRIES = 1000;

/** Reads a LevelDB iterator batch by batch, without the keys of Millrace's own. */
export class LevelDbCursor implements EngineCursor {
  readonly #iterator: Iterator<ClassicLevel<Buffer, Buffer>, Buffer, Buffer>;
  readonly #directory: string;
  #batchEntries = FIRST_BATCH_ENTRIES;
  #ended = false;

  constructor(iterator: Iterator<ClassicLevel<Buffer, Buffer>, Buffer, Buffer>, directory: string) {
    this.#iterator = iterator;
    this.#directory = directory;
  }

  async next(): Promise<readonly EngineEntry[]> {
    while (!this.#ended) {
      const size = this.#batchEntries;
      this.#batchEntries = BATCH_ENTRIES;
      const rows = await this.#read(size);
      if (rows.length === 0) await this.close();
      const entries: EngineEntry[] = [];
      for (const [stored, value] of rows) {
        const key = fromStoredKey(stored);
        if (key !== null) entries.push({ key, value });
      }
      if (entries.length > 0) return entries;
    }
    return [];
  }

  async close(): Promise<void> {
    this.#ended = true;
    await this.#iterator.close();
  }

  async #read(size: number): Promise<[Buffer, Buffer][]> {
    try {
      return await this.#iterator.nextv(size);
    } catch (error) {
      throw toStoreError(error, this.#directory);
    }
  }
}
