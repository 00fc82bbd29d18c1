import { access, rm } from 'node:fs/promises';
import { ClassicLevel } from 'classic-level';
import type { StoreBackend } from '../engine.ts';
import { LevelDbEngine } from './leveldb-engine.ts';
import { toStoreError } from './leveldb-error.ts';

/** What each engine, that is each store of each task, may use. */
export interface LevelDbOptions {
  /** Uncompressed blocks kept in memory, in bytes. */
  readonly blockCacheBytes?: number;
  /** Size of the table in memory that takes the writes, in bytes; two of them may exist at a time. */
  readonly writeBufferBytes?: number;
  /** Size of a table file, in bytes. */
  readonly fileBytes?: number;
}

const MEBIBYTE = 1024 * 1024;

/** Engines kept on disk by LevelDB, one database per directory. */
export function levelDbBackend(options: LevelDbOptions = {}): StoreBackend {
  const databaseOptions = {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
    cacheSize: options.blockCacheBytes ?? 64 * MEBIBYTE,
    writeBufferSize: options.writeBufferBytes ?? 16 * MEBIBYTE,
    maxFileSize: options.fileBytes ?? 8 * MEBIBYTE,
  };
  return {
    name: 'leveldb',
    persistent: true,
    async open(directory) {
      const db = new ClassicLevel<Buffer, Buffer>(directory, databaseOptions);
      try {
        await db.open();
      } catch (error) {
        throw toStoreError(error, directory);
      }
      return LevelDbEngine.over(db);
    },
    async destroy(directory) {
      try {
        if (!(await exists(directory))) return;
        await ClassicLevel.destroy(directory);
        await rm(directory, { recursive: true, force: true });
      } catch (error) {
        throw toStoreError(error, directory);
      }
    },
  };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
