import fs from 'node:fs';
import path from 'node:path';
import { MillraceError } from '../../core/millrace-error.ts';
import { corruptedLog } from './corrupted-log.ts';
import type { LogStorage } from './log-storage.ts';

// Open files cost descriptors (1024 a process by default) and are needed for hot partitions only.
const MAX_OPEN_FILES = 256;
// The system takes less than 2 GiB in one call.
const MAX_CALL_BYTES = 2 ** 30;
// As many as Node has threads for files by default; the disk does several at once for little more than one.
const CONCURRENT_SYNCS = 4;

/** Files below a directory of this machine. */
export class FileLogStorage implements LogStorage {
  readonly #root: string;
  readonly #open = new Map<string, number>();
  #unsyncedFiles = new Set<string>();
  #unsyncedDirectories = new Set<string>();

  constructor(root: string) {
    this.#root = path.resolve(root);
  }

  list(directory: string): readonly string[] {
    return this.#attempt('list', directory, () => {
      const location = this.describe(directory);
      return fs.existsSync(location) ? fs.readdirSync(location) : [];
    });
  }

  size(file: string): number | undefined {
    return this.#attempt('stat', file, () => fs.statSync(this.describe(file), { throwIfNoEntry: false })?.size);
  }

  read(file: string, position: number, length: number): Buffer {
    // Not from Node's shared pool: a record that is kept would keep 8 KiB of strangers.
    const bytes = Buffer.allocUnsafeSlow(length);
    let done = 0;
    this.#attempt('read', file, () => {
      const descriptor = this.#descriptor(file);
      while (descriptor !== undefined && done < length) {
        const count = fs.readSync(descriptor, bytes, done, Math.min(length - done, MAX_CALL_BYTES), position + done);
        if (count === 0) break;
        done += count;
      }
    });
    if (done < length) throw corruptedLog(this.describe(file), position, `${length} bytes expected, ${done} there`);
    return bytes;
  }

  write(file: string, position: number, buffers: readonly Buffer[]): void {
    this.#unsyncedFiles.add(file);
    try {
      const descriptor = this.#descriptor(file) ?? this.#create(file);
      if (buffers.length === 1) writeFully(descriptor, buffers[0] as Buffer, position);
      else writeAllFully(descriptor, buffers, position);
    } catch (error) {
      throw this.#wrap('write', file, error);
    }
  }

  truncate(file: string, size: number): void {
    this.#attempt('truncate', file, () => {
      const descriptor = this.#descriptor(file);
      if (descriptor === undefined) return;
      fs.ftruncateSync(descriptor, size);
      this.#unsyncedFiles.add(file);
    });
  }

  rename(from: string, to: string): void {
    this.#attempt('rename', from, () => {
      this.#release(from);
      this.#release(to);
      fs.mkdirSync(path.dirname(this.describe(to)), { recursive: true });
      fs.renameSync(this.describe(from), this.describe(to));
      this.#unsyncedDirectories.add(path.dirname(from)).add(path.dirname(to));
      if (this.#unsyncedFiles.delete(from)) this.#unsyncedFiles.add(to);
    });
  }

  remove(file: string): void {
    this.#attempt('remove', file, () => {
      this.#release(file);
      fs.rmSync(this.describe(file), { recursive: true, force: true });
      this.#unsyncedDirectories.add(path.dirname(file));
    });
  }

  async replace(file: string, bytes: Buffer): Promise<void> {
    const location = this.describe(file);
    const temporary = `${location}.tmp`;
    try {
      const made = await fs.promises.mkdir(path.dirname(location), { recursive: true });
      await fs.promises.writeFile(temporary, bytes, { flush: true });
      await fs.promises.rename(temporary, location);
      await syncPath(path.dirname(location));
      if (made !== undefined) await syncPath(path.dirname(made));
    } catch (error) {
      throw this.#wrap('replace', file, error);
    }
  }

  async sync(): Promise<void> {
    const files = this.#unsyncedFiles;
    const directories = this.#unsyncedDirectories;
    this.#unsyncedFiles = new Set();
    this.#unsyncedDirectories = new Set();
    const paths = [...files, ...directories][Symbol.iterator]();
    const syncRest = async (): Promise<void> => {
      for (const file of paths) await this.#sync(file);
    };
    await Promise.all(Array.from({ length: CONCURRENT_SYNCS }, syncRest));
  }

  get unsynced(): boolean {
    // A changed directory alone is no reason: it is synced together with the next file.
    return this.#unsyncedFiles.size > 0;
  }

  describe(file: string): string {
    return path.join(this.#root, file);
  }

  close(): void {
    for (const descriptor of this.#open.values()) fs.closeSync(descriptor);
    this.#open.clear();
  }

  async #sync(file: string): Promise<void> {
    try {
      await syncPath(this.describe(file));
    } catch (error) {
      throw this.#wrap('sync', file, error);
    }
  }

  /** The descriptor of a file; undefined where there is no such file. */
  #descriptor(file: string): number | undefined {
    const known = this.#open.get(file);
    if (known !== undefined) return known;
    try {
      return this.#keepOpen(file, fs.constants.O_RDWR);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  #create(file: string): number {
    const parent = path.dirname(file);
    const made = fs.mkdirSync(this.describe(parent), { recursive: true });
    const descriptor = this.#keepOpen(file, fs.constants.O_RDWR | fs.constants.O_CREAT);
    this.#unsyncedDirectories.add(parent);
    if (made !== undefined) this.#unsyncedDirectories.add(path.relative(this.#root, path.dirname(made)));
    return descriptor;
  }

  #keepOpen(file: string, flags: number): number {
    if (this.#open.size >= MAX_OPEN_FILES) this.#release(this.#open.keys().next().value as string);
    const descriptor = fs.openSync(this.describe(file), flags);
    this.#open.set(file, descriptor);
    return descriptor;
  }

  #release(file: string): void {
    for (const [name, descriptor] of this.#open) {
      if (name !== file && !name.startsWith(`${file}/`)) continue;
      fs.closeSync(descriptor);
      this.#open.delete(name);
    }
  }

  #attempt<T>(operation: string, file: string, action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw this.#wrap(operation, file, error);
    }
  }

  #wrap(operation: string, file: string, cause: unknown): MillraceError {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    return new MillraceError('BROKER_STORAGE', `Expected to ${operation} ${this.describe(file)}, got ${reason}`, {
      cause,
      context: { file: this.describe(file), operation, reason },
    });
  }
}

function writeFully(descriptor: number, bytes: Buffer, position: number): void {
  let done = 0;
  while (done < bytes.length) {
    done += fs.writeSync(descriptor, bytes, done, Math.min(bytes.length - done, MAX_CALL_BYTES), position + done);
  }
}

function writeAllFully(descriptor: number, buffers: readonly Buffer[], position: number): void {
  let done = fs.writevSync(descriptor, buffers, position);
  let at = 0;
  for (const buffer of buffers) {
    const end = at + buffer.length;
    // A disk that fills up takes a part: writing the rest brings the error that says why.
    if (done < end) {
      writeFully(descriptor, buffer.subarray(done - at), position + done);
      done = end;
    }
    at = end;
  }
}

async function syncPath(location: string): Promise<void> {
  let handle: fs.promises.FileHandle;
  try {
    handle = await fs.promises.open(location, 'r');
  } catch (error) {
    // Deleted since: nothing of it has to be kept.
    if (isMissing(error)) return;
    throw error;
  }
  try {
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
