import type { Windowed } from '../../serde/windowed-serde.ts';
import type { IndexedWindows } from '../indexed-windows.ts';
import type { KeyValueTimestamp } from './read-only-key-value-store.ts';
import { type KeyBounds, windowsByTime, windowsOfKey } from './scan-windows.ts';

type Sessions<K, V> = AsyncIterable<KeyValueTimestamp<Windowed<K>, V>>;

/** Which sessions are looked for: those that end at a time or later, and start at another or earlier. Milliseconds. */
export interface SessionBounds {
  readonly earliestEnd: number;
  readonly latestStart: number;
}

const ALL_SESSIONS: SessionBounds = Object.freeze({ earliestEnd: 0, latestStart: Number.MAX_SAFE_INTEGER });

/**
 * A store of sessions over all its partitions at hand, to be read only: for queries, tests and views.
 *
 * The names are those of Kafka Streams' `ReadOnlySessionStore`. Both ends of a session are part of it; milliseconds since the
 * epoch. Scans of one key go by the ends of its sessions, all others by ends, starts, then key bytes; those called `backward`
 * go the other way. Sessions that have expired may still be seen until they are removed.
 */
export class ReadOnlySessionStore<K, V> {
  readonly #partitions: readonly IndexedWindows<K, V>[];

  constructor(partitions: readonly IndexedWindows<K, V>[]) {
    this.#partitions = partitions;
  }

  /** The value of the session of a key with just this start and end, or null. */
  get(key: K, start: number, end: number): V | null {
    return this.getWithTimestamp(key, start, end)?.value ?? null;
  }

  /** The same with the session and the timestamp of its last update, or null. */
  getWithTimestamp(key: K, start: number, end: number): KeyValueTimestamp<Windowed<K>, V> | null {
    for (const partition of this.#partitions) {
      const session = partition.datumOf({ key, start, end });
      const stored = partition.get(session);
      if (stored !== null) return { key: session.value, value: stored.datum.value, timestamp: stored.timestamp };
    }
    return null;
  }

  /** All sessions of a key. */
  fetch(key: K): Sessions<K, V> {
    return this.findSessions(key, ALL_SESSIONS);
  }

  /** As `fetch`, the latest first. */
  backwardFetch(key: K): Sessions<K, V> {
    return this.backwardFindSessions(key, ALL_SESSIONS);
  }

  /** The sessions of a key within bounds. */
  findSessions(key: K, bounds: SessionBounds): Sessions<K, V> {
    return startingUpTo(bounds, windowsOfKey(this.#partitions, key, scanOf(bounds, false)));
  }

  /** As `findSessions`, the latest first. */
  backwardFindSessions(key: K, bounds: SessionBounds): Sessions<K, V> {
    return startingUpTo(bounds, windowsOfKey(this.#partitions, key, scanOf(bounds, true)));
  }

  /** The sessions of the keys within bounds, and themselves within bounds; by default all. */
  fetchKeys(keys: KeyBounds<K>, bounds: SessionBounds = ALL_SESSIONS): Sessions<K, V> {
    return startingUpTo(bounds, windowsByTime(this.#partitions, { keys, ...scanOf(bounds, false) }));
  }

  /** As `fetchKeys`, the latest first. */
  backwardFetchKeys(keys: KeyBounds<K>, bounds: SessionBounds = ALL_SESSIONS): Sessions<K, V> {
    return startingUpTo(bounds, windowsByTime(this.#partitions, { keys, ...scanOf(bounds, true) }));
  }

  /** The sessions of all keys that end within a span, both ends included. */
  fetchAll(from: number, to: number): Sessions<K, V> {
    return windowsByTime(this.#partitions, { span: { from, to }, reverse: false });
  }

  /** As `fetchAll`, the latest first. */
  backwardFetchAll(from: number, to: number): Sessions<K, V> {
    return windowsByTime(this.#partitions, { span: { from, to }, reverse: true });
  }
}

function scanOf(
  { earliestEnd }: SessionBounds,
  reverse: boolean,
): { span: { from: number; to: number }; reverse: boolean } {
  return { span: { from: earliestEnd, to: Number.MAX_SAFE_INTEGER }, reverse };
}

async function* startingUpTo<K, V>({ latestStart }: SessionBounds, sessions: Sessions<K, V>): Sessions<K, V> {
  for await (const session of sessions) if (session.key.start <= latestStart) yield session;
}
