import type { ClassicLevel, Iterator } from 'classic-level';
import type { EngineCursor, EngineEntry } from '../engine.ts';
import { toStoreError } from './leveldb-error.ts';
import { bytesOf } from './leveldb-text.ts';

/** The first batch is small, since most scans are; the later ones spread the cost of their promise. */
const FIRST_BATCH_ENTRIES = 128;
const BATCH_ENTRIES = 1000;

/** Reads a LevelDB iterator batch by batch. */
export class LevelDbCursor implements EngineCursor {
  readonly #iterator: Iterator<ClassicLevel, string, string>;
  readonly #directory: string;
  #batchEntries = FIRST_BATCH_ENTRIES;
  #ended = false;

  constructor(iterator: Iterator<ClassicLevel, string, string>, directory: string) {
    this.#iterator = iterator;
    this.#directory = directory;
  }

  async next(): Promise<readonly EngineEntry[]> {
    if (this.#ended) return [];
    const rows = await this.#read();
    if (rows.length === 0) await this.close();
    return rows.map(([key, value]) => ({ key: bytesOf(key), value: bytesOf(value) }));
  }

  async close(): Promise<void> {
    this.#ended = true;
    await this.#iterator.close();
  }

  async #read(): Promise<[string, string][]> {
    const size = this.#batchEntries;
    this.#batchEntries = BATCH_ENTRIES;
    try {
      return await this.#iterator.nextv(size);
    } catch (error) {
      throw toStoreError(error, this.#directory);
    }
  }
}
