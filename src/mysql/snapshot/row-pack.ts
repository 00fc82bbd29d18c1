/** Numbers that say where a row is: its buffer, its key and its value. */
const NUMBERS_PER_ROW = 5;
const FIRST_ROWS = 256;

/**
 * Rows as the bytes of their records, in buffers that they share. While they wait they are numbers and few large buffers, and
 * not an object for each, which the garbage collector would have to carry along.
 */
export class RowPack {
  readonly #buffers: Buffer[] = [];
  #places = new Int32Array(FIRST_ROWS * NUMBERS_PER_ROW);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Adds the row whose key and value are at these places of the buffer. */
  add(buffer: Buffer, key: { start: number; end: number }, value: { start: number; end: number }): void {
    if (this.#buffers[this.#buffers.length - 1] !== buffer) this.#buffers.push(buffer);
    const at = this.#count++ * NUMBERS_PER_ROW;
    if (at === this.#places.length) this.#grow();
    const places = this.#places;
    places[at] = this.#buffers.length - 1;
    places[at + 1] = key.start;
    places[at + 2] = key.end;
    places[at + 3] = value.start;
    places[at + 4] = value.end;
  }

  key(row: number): Buffer {
    return this.#part(row, 1);
  }

  value(row: number): Buffer {
    return this.#part(row, 3);
  }

  #part(row: number, offset: number): Buffer {
    const at = row * NUMBERS_PER_ROW;
    const buffer = this.#buffers[this.#places[at] as number] as Buffer;
    return buffer.subarray(this.#places[at + offset], this.#places[at + offset + 1]);
  }

  #grow(): void {
    const places = new Int32Array(2 * this.#places.length);
    places.set(this.#places);
    this.#places = places;
  }
}
