import { open, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { MillraceError } from '../../core/millrace-error.ts';

/** LevelDB leaves files alone whose names it does not know. */
const FILE_NAME = 'table-checksums';
const CHUNK_BYTES = 256 * 1024;

interface Checksum {
  readonly crc: number;
  /** When the file was last written, to tell a new file that got the name of one that is gone. */
  readonly writtenMs: number;
}

/**
 * The checksums of LevelDB's table files, kept beside them.
 *
 * LevelDB has a checksum in every block but reads without looking at it (the binding has no option for that): a damaged
 * table gives wrong values, or aborts the process when it is compacted. Table files never change, so they are checked as
 * a whole before LevelDB opens them, against the checksums of when the store was last closed. A store that was killed
 * has none for the tables made since it was opened: they get theirs when it is next closed.
 *
 * The number of a table that was live is never given again. That of one left over from a compaction that closing cut
 * short may be: such tables are forgotten once LevelDB has opened and removed them.
 */
export class TableChecksums {
  readonly #directory: string;
  #known: ReadonlyMap<string, Checksum>;

  private constructor(directory: string, known: ReadonlyMap<string, Checksum>) {
    this.#directory = directory;
    this.#known = known;
  }

  /** Checks the tables whose checksums are known. Throws STORE_CORRUPTED, and whatever reading a file throws. */
  static async check(directory: string): Promise<TableChecksums> {
    const known = new Map<string, Checksum>();
    for (const [name, expected] of await readChecksums(directory)) {
      const found = await checksumOf(join(directory, name));
      if (found === null) continue;
      if (found.crc !== expected) throw damaged(directory, name);
      known.set(name, found);
    }
    return new TableChecksums(directory, known);
  }

  /** Forgets all but the live tables; called when the database has just been opened. */
  async keepLive(liveTables: ReadonlySet<string>): Promise<void> {
    const kept = new Map<string, Checksum>();
    for (const [name, checksum] of this.#known) {
      if (liveTables.has(name) && (await writtenMs(join(this.#directory, name))) === checksum.writtenMs) {
        kept.set(name, checksum);
      }
    }
    if (kept.size < this.#known.size) await this.#write(kept);
    this.#known = kept;
  }

  /** Keeps the checksums of all tables there are, computing those not known yet. The database must be closed. */
  async save(): Promise<void> {
    const checksums = new Map<string, Checksum>();
    for (const name of (await readdir(this.#directory)).filter((file) => file.endsWith('.ldb'))) {
      const path = join(this.#directory, name);
      const known = this.#known.get(name);
      const current =
        known !== undefined && known.writtenMs === (await writtenMs(path)) ? known : await checksumOf(path);
      if (current !== null) checksums.set(name, current);
    }
    await this.#write(checksums);
  }

  async #write(checksums: ReadonlyMap<string, Checksum>): Promise<void> {
    const text = JSON.stringify([...checksums].map(([name, { crc }]) => [name, crc]));
    const path = join(this.#directory, FILE_NAME);
    await writeFile(`${path}.new`, `${crc32(text)} ${text}`);
    await rename(`${path}.new`, path);
  }
}

/** The file is its own checksum, a space, and as JSON the name and checksum of each table. */
async function readChecksums(directory: string): Promise<[string, number][]> {
  const content = await readFile(join(directory, FILE_NAME), 'utf8').catch(nullIfMissing);
  if (content === null) return [];
  const text = content.slice(content.indexOf(' ') + 1);
  if (content !== `${crc32(text)} ${text}`) throw damaged(directory, FILE_NAME);
  return JSON.parse(text) as [string, number][];
}

/** Null when there is no such file: LevelDB has compacted it away, or misses it itself. */
async function checksumOf(path: string): Promise<Checksum | null> {
  const file = await open(path).catch(nullIfMissing);
  if (file === null) return null;
  try {
    const { mtimeMs } = await file.stat();
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    let crc = 0;
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES);
      if (bytesRead === 0) return { crc, writtenMs: mtimeMs };
      crc = crc32(chunk.subarray(0, bytesRead), crc);
    }
  } finally {
    await file.close();
  }
}

async function writtenMs(path: string): Promise<number | null> {
  const stats = await stat(path).catch(nullIfMissing);
  return stats === null ? null : stats.mtimeMs;
}

function nullIfMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}

function damaged(directory: string, file: string): MillraceError {
  return new MillraceError('STORE_CORRUPTED', `Expected ${file} to be as it was written, got other bytes`, {
    context: { directory, file },
  });
}
