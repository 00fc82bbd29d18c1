// Below this many taken items the array is not worth being rewritten.
const MIN_TAKEN = 64;

/** A queue whose items can be looked at by position. `Array.shift` moves all items of a long array; this does not. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #taken = 0;

  get length(): number {
    return this.#items.length - this.#taken;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Takes the oldest item; undefined when there is none. */
  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#taken];
    this.#items[this.#taken++] = undefined;
    if (this.#taken >= MIN_TAKEN && this.#taken * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#taken);
      this.#taken = 0;
    }
    return item;
  }

  /** The item at a position, 0 being the oldest, which must be there. */
  at(position: number): T {
    return this.#items[this.#taken + position] as T;
  }
}
