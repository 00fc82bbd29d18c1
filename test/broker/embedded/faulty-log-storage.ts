import { MillraceError } from '../../../src/core/millrace-error.ts';
import type { LogStorage } from '../../../src/broker/embedded/log-storage.ts';
import { MemoryLogStorage } from '../../../src/broker/embedded/memory-log-storage.ts';

/** The process is dead: nothing it does has an effect any more. */
export class ProcessKilled extends Error {}

/**
 * Files in memory on a disk of limited size, for a process that may be killed at any byte it writes. Files outlive the
 * process: `restart` gives them to the next one.
 */
export class FaultyLogStorage implements LogStorage {
  readonly #files: MemoryLogStorage;
  /** Bytes that may still be written before the disk is full. */
  freeBytes = Number.POSITIVE_INFINITY;
  /** Bytes after which the process is killed, in the middle of a write or between two. */
  bytesToLive = Number.POSITIVE_INFINITY;
  /** Changes of files after which the process is killed. */
  changesToLive = Number.POSITIVE_INFINITY;
  /** Whether cutting and removing files fails too. */
  stuck = false;
  /** Bytes written by this process. */
  written = 0;

  constructor(files = new MemoryLogStorage()) {
    this.#files = files;
  }

  /** The same files for a process that starts after this one. */
  restart(): FaultyLogStorage {
    return new FaultyLogStorage(this.#files);
  }

  list(directory: string): readonly string[] {
    return this.#files.list(directory);
  }

  size(path: string): number | undefined {
    return this.#files.size(path);
  }

  read(path: string, position: number, length: number): Buffer {
    return this.#files.read(path, position, length);
  }

  write(path: string, position: number, buffers: readonly Buffer[]): void {
    this.#change();
    const bytes = Buffer.concat(buffers);
    const possible = Math.min(this.freeBytes, this.bytesToLive);
    this.#files.write(path, position, [bytes.subarray(0, Math.min(bytes.length, possible))]);
    this.freeBytes -= Math.min(bytes.length, possible);
    this.bytesToLive -= Math.min(bytes.length, possible);
    this.written += Math.min(bytes.length, possible);
    if (bytes.length <= possible) return;
    this.#expectAlive();
    throw new MillraceError('BROKER_STORAGE', `Expected to write ${path}, got ENOSPC`);
  }

  truncate(path: string, size: number): void {
    this.#expectWorking(path);
    this.#files.truncate(path, size);
  }

  rename(from: string, to: string): void {
    this.#expectWorking(from);
    this.#files.rename(from, to);
  }

  remove(path: string): void {
    this.#expectWorking(path);
    this.#files.remove(path);
  }

  async replace(path: string, bytes: Buffer): Promise<void> {
    this.#change();
    if (bytes.length > this.freeBytes)
      throw new MillraceError('BROKER_STORAGE', `Expected to replace ${path}, got ENOSPC`);
    await this.#files.replace(path, bytes);
  }

  sync(): Promise<void> {
    this.#expectAlive();
    return this.#files.sync();
  }

  get unsynced(): boolean {
    return this.#files.unsynced;
  }

  describe(path: string): string {
    return path;
  }

  close(): void {
    this.#files.close();
  }

  #change(): void {
    this.#expectAlive();
    this.changesToLive -= 1;
  }

  #expectAlive(): void {
    if (this.bytesToLive <= 0 || this.changesToLive <= 0) throw new ProcessKilled();
  }

  #expectWorking(path: string): void {
    this.#change();
    if (this.stuck) throw new MillraceError('BROKER_STORAGE', `Expected to change ${path}, got EIO`);
  }
}
