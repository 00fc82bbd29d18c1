import { access, mkdir, rm } from 'node:fs/promises';
import { ClassicLevel } from 'classic-level';
import type { StoreBackend } from '../engine.ts';
import { LevelDbEngine } from './leveldb-engine.ts';
import { toStoreError } from './leveldb-error.ts';
import { checkLogs } from './leveldb-log.ts';
import { TableChecksums } from './table-checksums.ts';

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
    keyEncoding: 'utf8',
    valueEncoding: 'utf8',
    cacheSize: options.blockCacheBytes ?? 32 * MEBIBYTE,
    writeBufferSize: options.writeBufferBytes ?? 16 * MEBIBYTE,
    maxFileSize: options.fileBytes ?? 8 * MEBIBYTE,
  };
  return {
    name: 'leveldb',
    persistent: true,
    async open(directory) {
      let db: ClassicLevel | null = null;
      try {
        await mkdir(directory, { recursive: true });
        const checksums = await TableChecksums.check(directory);
        await checkLogs(directory);
        // Not earlier: a database begins to open, and to compact, by itself.
        db = new ClassicLevel(directory, databaseOptions);
        await db.open();
        await checksums.keepLive(liveTables(db));
        return new LevelDbEngine(db, checksums);
      } catch (error) {
        await db?.close();
        throw toStoreError(error, directory);
      }
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

/** The names of the tables in LevelDB's listing of them: `--- level 1 ---`, ` 5:2048['a' @ 1 : 1 .. 'b' @ 2 : 1]`. */
function liveTables(db: ClassicLevel): ReadonlySet<string> {
  const numbers = [...db.getProperty('leveldb.sstables').matchAll(/^ (\d+):\d+\[/gm)].map(
    ([, number]) => number as string,
  );
  return new Set(numbers.map((number) => `${number.padStart(6, '0')}.ldb`));
}
