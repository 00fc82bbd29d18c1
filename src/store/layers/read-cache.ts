/**
 * A bounded cache of what was read or written last.
 *
 * Two generations instead of a linked list: a hit in the young one is a plain Map lookup, a hit in the old one moves the
 * entry to the young one, and when the young one holds half of the bytes it becomes the old one and the old one is
 * dropped. What is used at least once per generation stays, which is what an LRU would keep, without relinking at each hit.
 */
export class ReadCache<T> {
  readonly #generationBytes: number;
  #young = new Map<string, Cached<T>>();
  #old = new Map<string, Cached<T>>();
  #youngBytes = 0;
  #oldBytes = 0;

  /** `bytes` bounds the sum of what `set` is told; 0 keeps nothing. */
  constructor(bytes: number) {
    this.#generationBytes = bytes / 2;
  }

  /** The sum of what `set` was told of what it has. */
  get bytes(): number {
    return this.#youngBytes + this.#oldBytes;
  }

  get(id: string): T | undefined {
    const young = this.#young.get(id);
    if (young !== undefined) return young.value;
    const old = this.#old.get(id);
    if (old === undefined) return undefined;
    this.#old.delete(id);
    this.#oldBytes -= old.bytes;
    this.#add(id, old);
    return old.value;
  }

  /** Keeps a value that takes about so many bytes. */
  set(id: string, value: T, bytes: number): void {
    this.delete(id);
    if (bytes <= this.#generationBytes) this.#add(id, { value, bytes });
  }

  delete(id: string): void {
    const young = this.#young.get(id);
    if (young !== undefined) {
      this.#young.delete(id);
      this.#youngBytes -= young.bytes;
      return;
    }
    const old = this.#old.get(id);
    if (old === undefined) return;
    this.#old.delete(id);
    this.#oldBytes -= old.bytes;
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
    this.#youngBytes = 0;
    this.#oldBytes = 0;
  }

  #add(id: string, cached: Cached<T>): void {
    if (this.#youngBytes + cached.bytes > this.#generationBytes) {
      this.#old = this.#young;
      this.#oldBytes = this.#youngBytes;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    this.#young.set(id, cached);
    this.#youngBytes += cached.bytes;
  }
}

interface Cached<T> {
  readonly value: T;
  readonly bytes: number;
}
