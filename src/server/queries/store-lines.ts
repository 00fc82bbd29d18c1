import { MillraceError } from '../../core/millrace-error.ts';
import type { LocalPartition } from '../../runtime/queries/local-partition.ts';
import type { StoreDescription } from '../../runtime/queries/store-description.ts';
import { Datum } from '../../serde/datum.ts';
import type { Windowed } from '../../serde/windowed-serde.ts';
import { mergePartitions } from '../../store/read-only/merge-partitions.ts';
import type { KeyValueTimestamp } from '../../store/read-only/read-only-key-value-store.ts';
import { ReadOnlyStores } from '../../store/read-only/read-only-stores.ts';
import type { TimestampedKeyValueStore } from '../../store/store.ts';
import { indexKeyOf } from '../../store/window-key.ts';
import type { EntryLines } from './entry-line.ts';
import { jsonText } from './json-text.ts';
import type { QueryKey } from './key-text.ts';

/** What a scan reads, and which way. Times are those of windows: their starts; of sessions, the span they overlap. */
export interface ScanSpan {
  readonly from: QueryKey | null;
  readonly to: QueryKey | null;
  readonly prefix: Buffer | null;
  readonly timeFrom: number;
  readonly timeTo: number;
  readonly reverse: boolean;
}

/** A span of time, and which way it is read. */
export type TimeScan = Pick<ScanSpan, 'timeFrom' | 'timeTo' | 'reverse'>;

/** The entries of a span of keys: rows in the order of their keys, windows and sessions in that of their times. */
export function scanLines(store: StoreDescription, partitions: readonly LocalPartition[], span: ScanSpan): EntryLines {
  if (store.kind !== 'window' && store.kind !== 'session') return rowLines(store.name, partitions, span);
  if (span.prefix !== null) {
    throw new MillraceError(
      'RUNTIME_STORE_KIND',
      `Expected "prefix" only for rows by key, got it for a store of kind "${store.kind}"`,
      { context: { store: store.name } },
    );
  }
  const { timeFrom, timeTo, reverse } = span;
  const stores = readOnly(partitions);
  const keys = { from: span.from?.value ?? null, to: span.to?.value ?? null };
  if (store.kind === 'window') {
    const windows = stores.windowStore(store.name);
    const found = reverse
      ? windows.backwardFetchKeys(keys, timeFrom, timeTo)
      : windows.fetchKeys(keys, timeFrom, timeTo);
    return windowLines(store, partitions, found);
  }
  const sessions = stores.sessionStore(store.name);
  const bounds = { earliestEnd: timeFrom, latestStart: timeTo };
  const found = reverse ? sessions.backwardFetchKeys(keys, bounds) : sessions.fetchKeys(keys, bounds);
  return windowLines(store, partitions, found);
}

/** The windows, or sessions, of a key. */
export function keyWindowLines(
  store: StoreDescription,
  partitions: readonly LocalPartition[],
  { key, timeFrom, timeTo, reverse }: TimeScan & { readonly key: QueryKey },
): EntryLines {
  const stores = readOnly(partitions);
  if (store.kind === 'session') {
    const sessions = stores.sessionStore(store.name);
    const bounds = { earliestEnd: timeFrom, latestStart: timeTo };
    return windowLines(
      store,
      partitions,
      reverse ? sessions.backwardFindSessions(key.value, bounds) : sessions.findSessions(key.value, bounds),
    );
  }
  const windows = stores.windowStore(store.name);
  return windowLines(
    store,
    partitions,
    reverse ? windows.backwardFetch(key.value, timeFrom, timeTo) : windows.fetch(key.value, timeFrom, timeTo),
  );
}

/** The versions of a row. */
export async function* versionLines(
  store: StoreDescription,
  partitions: readonly LocalPartition[],
  { key, timeFrom, timeTo, reverse }: TimeScan & { readonly key: QueryKey },
): EntryLines {
  const rows = readOnly(partitions).versionedStore(store.name);
  const versions = reverse
    ? rows.backwardHistory(key.value, timeFrom, timeTo)
    : rows.history(key.value, timeFrom, timeTo);
  for await (const version of versions) {
    const order = Buffer.alloc(8);
    order.writeBigUInt64BE(BigInt(Math.max(0, version.timestamp)));
    yield { order, text: jsonText(version) };
  }
}

async function* rowLines(name: string, partitions: readonly LocalPartition[], span: ScanSpan): EntryLines {
  const { from, to, prefix, reverse } = span;
  const scans = partitions.map(({ stores }) => {
    const store = stores.get(name) as TimestampedKeyValueStore<unknown, unknown>;
    const datum = (key: QueryKey | null): Datum<unknown> | null =>
      key === null ? null : Datum.ofBytes(key.bytes, store.keySerde);
    const cursor =
      prefix === null ? store.scanRange(datum(from), datum(to), { reverse }) : store.scanPrefix(prefix, { reverse });
    return { partition: store, keySerde: store.keySerde, cursor };
  });
  for await (const { partition, entry } of mergePartitions(scans, reverse)) {
    const { key, datum, timestamp } = entry;
    const text = jsonText({ key: key.value, value: datum.value, timestamp });
    yield { order: key.bytes(partition.keySerde), text };
  }
}

async function* windowLines(
  { name }: StoreDescription,
  partitions: readonly LocalPartition[],
  found: AsyncIterable<KeyValueTimestamp<Windowed<unknown>, unknown>>,
): EntryLines {
  const store = partitions[0]?.stores.get(name);
  if (store === undefined) return;
  const isIndexed = 'index' in store.shape && store.shape.index !== null;
  for await (const { key: window, value, timestamp } of found) {
    const bytes = store.keySerde.serialize(window);
    const text = jsonText({ key: window.key, start: window.start, end: window.end, value, timestamp });
    yield { order: isIndexed ? indexKeyOf(bytes) : bytes, text };
  }
}

function readOnly(partitions: readonly LocalPartition[]): ReadOnlyStores {
  return new ReadOnlyStores(partitions.map(({ stores }) => stores));
}
