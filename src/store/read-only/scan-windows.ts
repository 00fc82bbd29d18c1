import type { Windowed } from '../../serde/windowed-serde.ts';
import { timesOf } from '../window-key.ts';
import type { IndexedWindows, TimeSpan } from '../indexed-windows.ts';
import type { StoreEntry } from '../store.ts';
import { mergePartitions } from './merge-partitions.ts';
import type { KeyValueTimestamp } from './read-only-key-value-store.ts';

/** Keys from one to another by the order of their bytes, both included; null leaves that end open. */
export interface KeyBounds<K> {
  readonly from: K | null;
  readonly to: K | null;
}

/** Which windows are read, and from which end. */
export interface WindowScan<K> {
  readonly span: TimeSpan;
  readonly keys?: KeyBounds<K>;
  readonly reverse: boolean;
}

type Windows<K, V> = readonly IndexedWindows<K, V>[];

/** The windows of a key whose times are in a span, by their times. */
export async function* windowsOfKey<K, V>(
  partitions: Windows<K, V>,
  key: K,
  { span, reverse }: WindowScan<K>,
): AsyncGenerator<KeyValueTimestamp<Windowed<K>, V>, void> {
  const within = clamped(span);
  if (within === null) return;
  const scans = partitions.map((partition) => ({
    partition,
    keySerde: partition.keySerde,
    cursor: partition.ofKey(key, within, { reverse }),
  }));
  for await (const { entry } of mergePartitions(scans, reverse)) yield shown(entry);
}

/**
 * The windows of all keys, or of those within bounds, whose times are in a span, by their times, then keys. Windows that
 * never close all begin at one time: they come by the lengths of their keys, then keys.
 */
export async function* windowsByTime<K, V>(
  partitions: Windows<K, V>,
  { span, keys = { from: null, to: null }, reverse }: WindowScan<K>,
): AsyncGenerator<KeyValueTimestamp<Windowed<K>, V>, void> {
  const within = clamped(span);
  const [first] = partitions;
  if (within === null || first === undefined) return;
  const isWanted = keyFilter(first, { keys, span: within });
  const found = first.isIndexed ? byIndex(partitions, within, reverse) : withoutIndex(partitions, reverse);
  for await (const entry of found) if (isWanted(entry.key.bytes(first.keySerde))) yield shown(entry);
}

async function* byIndex<K, V>(
  partitions: Windows<K, V>,
  span: TimeSpan,
  reverse: boolean,
): AsyncGenerator<StoreEntry<Windowed<K>, V>, void> {
  const scans = partitions.map((partition) => ({
    partition,
    keySerde: partition.indexKeySerde,
    cursor: partition.indexed(span, { reverse }),
  }));
  for await (const { partition, entry } of mergePartitions(scans, reverse)) {
    const window = partition.windowAt(entry.key.value);
    const stored = partition.get(window);
    // What was removed since the scan began is not there any more.
    if (stored !== null) yield { key: window, datum: stored.datum, timestamp: stored.timestamp };
  }
}

async function* withoutIndex<K, V>(
  partitions: Windows<K, V>,
  reverse: boolean,
): AsyncGenerator<StoreEntry<Windowed<K>, V>, void> {
  const scans = partitions.map((partition) => ({
    partition,
    keySerde: partition.keySerde,
    cursor: partition.all({ reverse }),
  }));
  for await (const { entry } of mergePartitions(scans, reverse)) yield entry;
}

/** Tells of the key of a window in its store whether it is wanted. */
function keyFilter<K, V>(
  windows: IndexedWindows<K, V>,
  { keys: { from, to }, span }: { keys: KeyBounds<K>; span: TimeSpan },
): (windowKey: Buffer) => boolean {
  const bytesOf = (key: K): Buffer =>
    timesOf(windows.datumOf({ key, start: 0, end: 0 }).bytes(windows.keySerde), windows.times).key;
  const [first, last] = [from === null ? null : bytesOf(from), to === null ? null : bytesOf(to)];
  return (windowKey) => {
    const { key, first: time } = timesOf(windowKey, windows.times);
    if (time < span.from || time > span.to) return false;
    return (first === null || key.compare(first) >= 0) && (last === null || key.compare(last) <= 0);
  };
}

function clamped({ from, to }: TimeSpan): TimeSpan | null {
  const within = { from: Math.max(0, from), to: Math.min(Number.MAX_SAFE_INTEGER - 1, to) };
  return within.from <= within.to ? within : null;
}

function shown<K, V>({ key, datum, timestamp }: StoreEntry<Windowed<K>, V>): KeyValueTimestamp<Windowed<K>, V> {
  return { key: key.value, value: datum.value, timestamp };
}
