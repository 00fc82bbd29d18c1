import { MillraceError } from '../core/millrace-error.ts';
import type { MaybePromise } from '../core/maybe-promise.ts';
import { Datum } from '../serde/datum.ts';
import type { Serde } from '../serde/serde.ts';
import { timeBytes, TIME_BYTES } from '../serde/time-bytes.ts';
import type { Windowed } from '../serde/windowed-serde.ts';
import { DueKeys } from './due-keys.ts';
import type { StoreCursor, TimestampedDatum, TimestampedKeyValueStore, WindowsShape } from './store.ts';
import { indexKeyOf, sessionKey, timesOf, timeWindowKey, windowKeyOf } from './window-key.ts';

/**
 * What is kept beside the windows, by the first byte of the key: an entry for each window in order of time, then key
 * (0); the list of each key's windows (0xfe); markers (0xff).
 */
export type WindowIndex = TimestampedKeyValueStore<Buffer, readonly number[]>;

/** A span of time, both ends included; milliseconds since the epoch. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

/** A window of a key. */
export interface FoundWindow<K, A> extends TimestampedDatum<A> {
  readonly window: Datum<Windowed<K>>;
  readonly start: number;
  /** The end of a session; the start of any other window. */
  readonly time: number;
}

const LISTS = 0xfe;
const NONE: readonly number[] = Object.freeze([]);

/**
 * One task's windows: each with its aggregate, by key and time, and an index of them by time. The time is the start of a
 * window; the end of a session. The index is written only when a window comes or goes.
 *
 * Sliding windows and sessions of a key are found by a list of their times: a get, where a scan would have to wait.
 */
export class IndexedWindows<K, A> {
  readonly #windows: TimestampedKeyValueStore<Windowed<K>, A>;
  readonly #index: WindowIndex | null;
  readonly #listed: boolean;
  /** How many times tell a window: its start, or the end and the start of a session. */
  readonly times: 1 | 2;
  #due: DueKeys | null = null;
  readonly #present = Datum.ofValue<readonly number[]>([0]);

  /** `storeOf` finds the index by its name. Throws RUNTIME_STORE_KIND for a store that has no windows. */
  constructor(windows: TimestampedKeyValueStore<Windowed<K>, A>, storeOf: (name: string) => WindowIndex) {
    const { kind, index, listed } = windowsShapeOf(windows);
    this.#windows = windows;
    this.#index = index === null ? null : storeOf(index);
    this.#listed = listed;
    this.times = kind === 'session' ? 2 : 1;
  }

  /** The serde of the windows' keys in their store. */
  get keySerde(): Serde<Windowed<K>> {
    return this.#windows.keySerde;
  }

  /** What a window is found by; the bytes of the key are those of the grouped record's. */
  timeWindow(key: Buffer, start: number): Datum<Windowed<K>> {
    return Datum.ofBytes(timeWindowKey(key, start), this.#windows.keySerde);
  }

  /** What a session is found by. */
  session(key: Buffer, start: number, end: number): Datum<Windowed<K>> {
    return Datum.ofBytes(sessionKey(key, start, end), this.#windows.keySerde);
  }

  get(window: Datum<Windowed<K>>): TimestampedDatum<A> | null {
    return this.#windows.get(window);
  }

  /** Puts the aggregate of a window that is there already. */
  update(window: Datum<Windowed<K>>, aggregate: Datum<A>, timestamp: number): void {
    this.#windows.put(window, aggregate, timestamp);
  }

  /** Puts the aggregate of a new window. */
  create(window: Datum<Windowed<K>>, aggregate: Datum<A>, timestamp: number): void {
    this.#windows.put(window, aggregate, timestamp);
    if (this.#index === null) return;
    const windowKey = window.bytes(this.#windows.keySerde);
    const indexKey = indexKeyOf(windowKey);
    this.#index.put(Datum.ofValue(indexKey), this.#present, timestamp);
    if (this.#due !== null) this.#due.add(indexKey);
    if (this.#listed) this.#changeList(windowKey, { add: true, timestamp });
  }

  /** Forgets a window that is there. */
  remove(window: Datum<Windowed<K>>, timestamp: number): void {
    this.#windows.put(window, null, timestamp);
    if (this.#index === null) return;
    const windowKey = window.bytes(this.#windows.keySerde);
    const indexKey = indexKeyOf(windowKey);
    this.#index.put(Datum.ofValue(indexKey), null, timestamp);
    if (this.#due !== null) this.#due.delete(indexKey);
    if (this.#listed) this.#changeList(windowKey, { add: false, timestamp });
  }

  /** The sliding windows of a key that start, or the sessions that end, at a time or later and start at most at another. */
  windowsOf(key: Buffer, timeFrom: number, startTo: number): FoundWindow<K, A>[] {
    const list = this.#listOf(listKey(key));
    const found: FoundWindow<K, A>[] = [];
    // The latest are asked for mostly, and they are last.
    let at = list.length;
    while (at > 0 && (list[at - this.times] as number) >= timeFrom) at -= this.times;
    for (; at < list.length; at += this.times) {
      const [time, start] = [list[at] as number, list[at + this.times - 1] as number];
      if (start > startTo) break;
      const window = this.times === 1 ? this.timeWindow(key, start) : this.session(key, start, time);
      const stored = this.#windows.get(window);
      if (stored !== null) found.push({ window, start, time, datum: stored.datum, timestamp: stored.timestamp });
    }
    return found;
  }

  /** Begins to give out windows when their time has come; none up to the time `after`. */
  trackDue(after: number): void {
    const index = this.#index as WindowIndex;
    this.#due = new DueKeys((from) => index.scanRange(Datum.ofBytes(timeBytes(from), index.keySerde), null), after);
  }

  /** Whether there may be windows whose time is at most this and that were not given out yet. */
  mayHaveDue(upTo: number): boolean {
    return this.#due !== null && this.#due.mayHave(upTo);
  }

  /** Calls `step` for each window whose time is at most this and that was not given out yet, in order of time, then key. */
  takeDue(upTo: number, step: (window: Datum<Windowed<K>>) => MaybePromise<void>): MaybePromise<void> {
    return this.#due?.takeUpTo(upTo, (indexKey) => step(this.windowAt(indexKey)));
  }

  /** What a window is found by; of a session the end counts too. */
  datumOf(window: Windowed<K>): Datum<Windowed<K>> {
    return Datum.ofBytes(this.keySerde.serialize(window), this.keySerde);
  }

  /** The windows of a key whose times are in a span, by their times. */
  ofKey(key: K, { from, to }: TimeSpan, options: { reverse?: boolean } = {}): StoreCursor<Windowed<K>, A> {
    const [first, last] =
      this.times === 1
        ? [this.datumOf({ key, start: from, end: null }), this.datumOf({ key, start: to, end: null })]
        : [this.datumOf({ key, start: 0, end: from }), this.datumOf({ key, start: Number.MAX_SAFE_INTEGER, end: to })];
    return this.#windows.scanRange(first, last, options);
  }

  /** All windows by the lengths of their keys, keys and times: to be read where there is no index. */
  all(options: { reverse?: boolean } = {}): StoreCursor<Windowed<K>, A> {
    return this.#windows.scanRange(null, null, options);
  }

  /** The serde of the index's keys. */
  get indexKeySerde(): Serde<Buffer> {
    return (this.#index as WindowIndex).keySerde;
  }

  /** Whether the windows are known by their times. */
  get isIndexed(): boolean {
    return this.#index !== null;
  }

  /**
   * The index entries of a span of time in order; an entry right after the span may follow, or come first in reverse.
   */
  indexed({ from, to }: TimeSpan, options: { reverse?: boolean } = {}): StoreCursor<Buffer, readonly number[]> {
    const index = this.#index as WindowIndex;
    const [first, last] = [timeBytes(from), timeBytes(to + 1)];
    return index.scanRange(Datum.ofBytes(first, index.keySerde), Datum.ofBytes(last, index.keySerde), options);
  }

  /** The window that an index entry stands for. */
  windowAt(indexKey: Buffer): Datum<Windowed<K>> {
    return Datum.ofBytes(windowKeyOf(indexKey, this.times * TIME_BYTES), this.#windows.keySerde);
  }

  #listOf(key: Datum<Buffer>): readonly number[] {
    return this.#index?.get(key)?.datum.value ?? NONE;
  }

  #changeList(windowKey: Buffer, { add, timestamp }: { add: boolean; timestamp: number }): void {
    const { key, first, second } = timesOf(windowKey, this.times);
    const at = listKey(key);
    const list = this.#listOf(at);
    let position = list.length;
    while (position > 0 && !isBefore(list, position - this.times, { first, second })) position -= this.times;
    // A migration may have left out a window that is listed.
    if (add && list[position] === first && (second === null || list[position + 1] === second)) return;
    const added = !add ? [] : second === null ? [first] : [first, second];
    const changed = list.toSpliced(position, add ? 0 : this.times, ...added);
    this.#index?.put(at, changed.length === 0 ? null : Datum.ofValue(changed), timestamp);
  }
}

function windowsShapeOf({ name, shape }: TimestampedKeyValueStore<any, any>): WindowsShape {
  if (shape.kind === 'window' || shape.kind === 'session') return shape;
  throw new MillraceError(
    'RUNTIME_STORE_KIND',
    `Expected "${name}" to be a store of windows, got ${shape.kind} entries`,
  );
}

/** Whether the window listed there comes before the one with these times. */
function isBefore(
  list: readonly number[],
  at: number,
  { first, second }: { first: number; second: number | null },
): boolean {
  const time = list[at] as number;
  return time < first || (time === first && second !== null && (list[at + 1] as number) < second);
}

function listKey(key: Buffer): Datum<Buffer> {
  const bytes = Buffer.allocUnsafe(1 + key.length);
  bytes[0] = LISTS;
  bytes.set(key, 1);
  return Datum.ofValue(bytes);
}
