import type { Serde } from './serde.ts';

const UNREAD: unique symbol = Symbol('unread');

/**
 * A value and its bytes: whichever of the two is missing is made from the other when somebody first asks, and at most once.
 *
 * It is what keeps bytes bytes until somebody looks, and what lets a value that passes through unchanged be written back
 * with the bytes it came in with. Never null: an absent key or value is a null in place of the datum. Immutable to
 * everybody outside; values are immutable by contract.
 */
export class Datum<T> {
  #value: T | typeof UNREAD;
  #bytes: Buffer | null;
  #serde: Serde<T> | null;

  private constructor(value: T | typeof UNREAD, bytes: Buffer | null, serde: Serde<T> | null) {
    this.#value = value;
    this.#bytes = bytes;
    this.#serde = serde;
  }

  /** A value that has no bytes yet. Null and undefined make no datum: pass null on instead. */
  static ofValue<T>(value: T): Datum<T> {
    return new Datum<T>(value, null, null);
  }

  /** Bytes that nobody has looked into yet. */
  static ofBytes<T>(bytes: Buffer, serde: Serde<T>): Datum<T> {
    return new Datum<T>(UNREAD, bytes, serde);
  }

  /** The value; deserialized at the first call. Throws as `Serde.deserialize` does. */
  get value(): T {
    if (this.#value === UNREAD) this.#value = (this.#serde as Serde<T>).deserialize(this.#bytes as Buffer);
    return this.#value as T;
  }

  /** How many bytes it has, where it has any already; else null. */
  get knownLength(): number | null {
    return this.#bytes === null ? null : this.#bytes.length;
  }

  /** The bytes by this serde: those it came in with when they were made by the same serde, else serialized and kept. */
  bytes(serde: Serde<T>): Buffer {
    if (this.#serde === serde) return this.#bytes as Buffer;
    if (serde.takes !== undefined && this.#serde !== null && serde.takes(this.#bytes as Buffer, this.#serde)) {
      return this.#bytes as Buffer;
    }
    const bytes = serde.serialize(this.value);
    this.#bytes = bytes;
    this.#serde = serde;
    return bytes;
  }

  /**
   * The same value, to be kept for long: with a copy of its bytes, if it has any. Bytes are slices of something larger, a
   * fetched batch or a slab, which they would keep alive; without them the value would not be written as it came.
   */
  detached(): Datum<T> {
    if (this.#bytes === null) return this;
    const bytes = Buffer.from(this.#bytes);
    return new Datum<T>(this.#value instanceof Uint8Array ? UNREAD : this.#value, bytes, this.#serde);
  }
}
