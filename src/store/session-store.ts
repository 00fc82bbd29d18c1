import type { MaybePromise } from '../core/maybe-promise.ts';
import { MillraceError } from '../core/millrace-error.ts';
import { json } from '../serde/json-serde.ts';
import type { Windowed } from '../serde/windowed-serde.ts';
import { declaredStore, type DeclaredStoreOptions } from './declared-store.ts';
import { ExpiringWindows, type StoreUser } from './expiring-windows.ts';
import { ReadOnlySessionStore } from './read-only/read-only-session-store.ts';
import type { StoreSpec, WindowsShape } from './store.ts';
import { timeIndex, timeIndexName } from './time-index.ts';
import { windowChangelog, type WindowChangelogOptions } from './window-changelog.ts';
import { sessionKeySerde } from './window-key.ts';

/** How a program declares a session store of its own. */
export interface SessionStoreOptions<K, V> extends DeclaredStoreOptions<K, V>, WindowChangelogOptions {
  /** A session goes when it ends at least so long before the one that ends last. At least 1. */
  readonly retentionMs: number;
}

/**
 * Declares a store of sessions that processors use, kept by key, start and end; beside it `<name>-by-time` is made, each with
 * a changelog. Throws TOPOLOGY_INVALID for a retention below 1, and for `migrate` without a changelog.
 *
 * @example
 * const visits = sessionStore<string, Visit>({ name: 'visits', retentionMs: 86_400_000 });
 * clicks.process(() => new TrackVisits(), { name: 'track-visits', stores: [visits] });
 */
export function sessionStore<K, V>(options: SessionStoreOptions<K, V>): StoreSpec<Windowed<K>, V> {
  const { name, retentionMs } = options;
  if (!(retentionMs >= 1)) {
    throw new MillraceError(
      'TOPOLOGY_INVALID',
      `Expected \`retentionMs\` to be >= 1, got ${retentionMs} in store "${name}"`,
    );
  }
  const declared = declaredStore(options);
  const shape: WindowsShape = { kind: 'session', index: timeIndexName(name), listed: false, retentionMs };
  return Object.freeze({
    ...declared,
    ...windowChangelog(options, retentionMs),
    keySerde: sessionKeySerde(options.keySerde ?? json<K>()),
    shape,
    companions: [timeIndex(declared)],
  });
}

/**
 * A store of sessions as the processors of a program see it: one task's part of it, with plain values.
 *
 * `get`, `put` and `remove` do not wait. Scans are for `for await`. Values are never to be changed in place. What has expired
 * is dropped when it is put, and removed now and then; until then it may be seen.
 */
export class SessionStore<K, V> extends ReadOnlySessionStore<K, V> {
  readonly #windows: ExpiringWindows<K, V>;

  /** Throws RUNTIME_STORE_KIND for a store that has no windows. */
  constructor(name: string, user: StoreUser) {
    const windows = new ExpiringWindows<K, V>(name, user);
    super([windows.windows]);
    this.#windows = windows;
  }

  /** Sets the value of a session; null removes it. `timestamp` is the session's end by default. */
  put(session: SessionKey<K>, value: V | null, timestamp: number = session.end): void {
    this.#windows.put(session, value, { time: session.end, timestamp });
  }

  /** Removes a session. */
  remove(session: SessionKey<K>): void {
    this.put(session, null);
  }

  /**
   * How often `expire` has to be called, in stream time; null: never.
   *
   * @internal
   */
  get sweepIntervalMs(): number | null {
    return this.#windows.sweepIntervalMs;
  }

  /**
   * Removes what has expired.
   *
   * @internal
   */
  expire(): MaybePromise<void> {
    return this.#windows.expire();
  }
}

/** A key and a session of it: both ends are part of it. Milliseconds since the epoch. */
export interface SessionKey<K> {
  readonly key: K;
  readonly start: number;
  readonly end: number;
}
