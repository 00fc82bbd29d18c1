import { corruptedLog } from './corrupted-log.ts';
import type { LogStorage } from './log-storage.ts';

/** Files in memory, for tests and for brokers whose data need not outlive the process. */
export class MemoryLogStorage implements LogStorage {
  readonly #files = new Map<string, GrowingBuffer>();
  #unsynced = false;

  list(directory: string): readonly string[] {
    const names = new Set<string>();
    const prefix = `${directory}/`;
    for (const path of this.#files.keys()) {
      if (path.startsWith(prefix)) names.add(path.slice(prefix.length).split('/', 1)[0] as string);
    }
    return [...names];
  }

  size(path: string): number | undefined {
    return this.#files.get(path)?.size;
  }

  read(path: string, position: number, length: number): Buffer {
    const file = this.#files.get(path);
    if (file === undefined || position + length > file.size) {
      throw corruptedLog(path, position, `${length} bytes expected, the file ends before`);
    }
    return file.bytes.subarray(position, position + length);
  }

  write(path: string, position: number, buffers: readonly Buffer[]): void {
    this.#unsynced = true;
    let file = this.#files.get(path);
    if (file === undefined) {
      file = new GrowingBuffer();
      this.#files.set(path, file);
    }
    let at = position;
    for (const buffer of buffers) {
      file.write(buffer, at);
      at += buffer.length;
    }
  }

  truncate(path: string, size: number): void {
    this.#files.get(path)?.truncate(size);
  }

  rename(from: string, to: string): void {
    for (const [path, file] of [...this.#files]) {
      if (path !== from && !path.startsWith(`${from}/`)) continue;
      this.#files.delete(path);
      this.#files.set(to + path.slice(from.length), file);
    }
  }

  remove(path: string): void {
    for (const name of [...this.#files.keys()]) {
      if (name === path || name.startsWith(`${path}/`)) this.#files.delete(name);
    }
  }

  replace(path: string, bytes: Buffer): Promise<void> {
    this.#files.delete(path);
    this.write(path, 0, [bytes]);
    return Promise.resolve();
  }

  sync(): Promise<void> {
    this.#unsynced = false;
    return Promise.resolve();
  }

  get unsynced(): boolean {
    return this.#unsynced;
  }

  describe(path: string): string {
    return `memory:${path}`;
  }

  close(): void {
    this.#unsynced = false;
  }
}

/** Bytes that grow by doubling. Views given out before stay as they were, since written bytes are never overwritten in place. */
class GrowingBuffer {
  bytes: Buffer = Buffer.alloc(0);
  size = 0;

  write(from: Buffer, position: number): void {
    const end = position + from.length;
    if (end > this.bytes.length) this.#moveTo(Math.max(end, this.bytes.length * 2));
    this.bytes.set(from, position);
    if (end > this.size) this.size = end;
  }

  truncate(size: number): void {
    if (size >= this.size) return;
    this.size = size;
    // What was cut off may still be looked at: what comes next is written elsewhere.
    this.#moveTo(size);
  }

  #moveTo(capacity: number): void {
    const bytes = Buffer.allocUnsafeSlow(capacity);
    this.bytes.copy(bytes, 0, 0, this.size);
    this.bytes = bytes;
  }
}
