import { andThen, forEachInOrder, type MaybePromise } from '../core/maybe-promise.ts';
import { readTime } from '../serde/time-bytes.ts';
import { forEachWhile } from './for-each-while.ts';
import type { StoreCursor } from './store.ts';

/** How many keys to read ahead at once. */
const READ_AHEAD = 1000;
/** Above the first byte of every key that begins with a time. */
const AFTER_TIMES = 0xfe;

type Step = (key: Buffer) => MaybePromise<void>;

/**
 * Gives out the keys of a store that begin with times when their time has come, in key order, each once. The next ones are
 * read ahead, so that a scan, which may have to wait, is needed once in a thousand keys; memory holds a bounded number.
 */
export class DueKeys {
  readonly #scan: (from: number) => StoreCursor<Buffer, unknown>;
  /** The keys up to `#readTo`, in order, that were not given out yet. */
  #keys: Buffer[] = [];
  #readTo: number;

  /** `scan` reads the store from a time on, to its end; nothing up to the time `after` is to be given out. */
  constructor(scan: (from: number) => StoreCursor<Buffer, unknown>, after: number) {
    this.#scan = scan;
    this.#readTo = after;
  }

  /** Takes note of a key that was put. */
  add(key: Buffer): void {
    if (readTime(key, 0) > this.#readTo) return;
    const at = this.#positionOf(key);
    if (this.#keys[at]?.equals(key) === true) return;
    this.#keys.splice(at, 0, key);
    if (this.#keys.length > 2 * READ_AHEAD) this.#readTo = keepBefore(this.#keys, READ_AHEAD);
  }

  /** Takes note of a key that was deleted. */
  delete(key: Buffer): void {
    if (readTime(key, 0) > this.#readTo) return;
    const at = this.#positionOf(key);
    if (this.#keys[at]?.equals(key) === true) this.#keys.splice(at, 1);
  }

  /** Whether `takeUpTo` may find any, or would have to look. */
  mayHave(upTo: number): boolean {
    if (upTo > this.#readTo) return true;
    const first = this.#keys[0];
    return first !== undefined && readTime(first, 0) <= upTo;
  }

  /** Gives out the keys whose time is at most this. The store is not to be changed meanwhile. */
  takeUpTo(upTo: number, step: Step): MaybePromise<void> {
    let count = 0;
    while (count < this.#keys.length && readTime(this.#keys[count] as Buffer, 0) <= upTo) count++;
    const taken = count === 0 ? undefined : forEachInOrder(this.#keys.splice(0, count), step);
    return upTo <= this.#readTo ? taken : andThen(taken, () => this.#readOn(upTo, step));
  }

  /** Gives out so many keys, whatever their time. The store is not to be changed meanwhile. */
  takeFirst(count: number, step: Step): MaybePromise<void> {
    if (this.#knows(count)) return this.#takeKnown(count, step);
    return andThen(this.#readOn(this.#readTo, step), () =>
      this.#knows(count) ? this.#takeKnown(count, step) : this.#scanFirst(count, step),
    );
  }

  #knows(count: number): boolean {
    return this.#keys.length >= count || this.#readTo === Infinity;
  }

  #takeKnown(count: number, step: Step): MaybePromise<void> {
    return forEachInOrder(this.#keys.splice(0, count), step);
  }

  /** As many keys of one time as there can be, more than are read ahead. */
  #scanFirst(count: number, step: Step): MaybePromise<void> {
    const first = this.#keys[0];
    const from = first === undefined ? this.#readTo + 1 : readTime(first, 0);
    this.#keys = [];
    this.#readTo = from - 1;
    let left = count;
    return forEachWhile(this.#scan(from), ({ key }) => (left-- > 0 && isTimed(key.value) ? step(key.value) : false));
  }

  #readOn(upTo: number, step: Step): MaybePromise<void> {
    const ahead: Buffer[] = [];
    const scanned = forEachWhile(this.#scan(this.#readTo + 1), ({ key: { value: key } }) => {
      if (!isTimed(key)) return false;
      if (readTime(key, 0) <= upTo) return step(key);
      ahead.push(key);
      return ahead.length > READ_AHEAD ? false : undefined;
    });
    return andThen(scanned, () => {
      this.#readTo = ahead.length > READ_AHEAD ? keepBefore(ahead, READ_AHEAD) : Infinity;
      this.#keys.push(...ahead);
    });
  }

  /** Where the key is or would be. */
  #positionOf(key: Buffer): number {
    let [low, high] = [0, this.#keys.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] as Buffer).compare(key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Cuts a list off before the first key of the time that the key at this place has; returns the time before that. */
function keepBefore(keys: Buffer[], at: number): number {
  const time = readTime(keys[at] as Buffer, 0);
  let kept = at;
  while (kept > 0 && readTime(keys[kept - 1] as Buffer, 0) === time) kept--;
  keys.length = kept;
  return time - 1;
}

function isTimed(key: Buffer): boolean {
  return (key[0] as number) < AFTER_TIMES;
}
