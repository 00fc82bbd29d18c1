import type { LogStorage } from './log-storage.ts';

/**
 * A file that grows at its end. Its size is what was written wholly: an append that fails leaves it as it was, and what the
 * failure left behind on the disk is cut off then, or, where even that fails, before the next append.
 */
export class AppendOnlyFile {
  readonly path: string;
  readonly #storage: LogStorage;
  #size: number;
  #tailIsDirty: boolean;

  constructor(storage: LogStorage, path: string, size: number) {
    this.#storage = storage;
    this.path = path;
    this.#size = size;
    // A file that is new here may have been left by an append that was undone.
    this.#tailIsDirty = size === 0;
  }

  get size(): number {
    return this.#size;
  }

  /** Appends the buffers one after the other, all or nothing. Throws BROKER_STORAGE. */
  append(buffers: readonly Buffer[]): void {
    if (this.#tailIsDirty) this.#cut();
    try {
      this.#storage.write(this.path, this.#size, buffers);
    } catch (error) {
      this.truncate(this.#size);
      throw error;
    }
    for (let index = 0; index < buffers.length; index++) this.#size += (buffers[index] as Buffer).length;
  }

  /** Takes back what came after a size. Never throws: what the disk refuses now is done before the next append. */
  truncate(size: number): void {
    this.#size = size;
    this.#tailIsDirty = true;
    try {
      this.#cut();
    } catch {
      // Stays dirty; nobody reads beyond the size.
    }
  }

  #cut(): void {
    this.#storage.truncate(this.path, this.#size);
    this.#tailIsDirty = false;
  }
}
