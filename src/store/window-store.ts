import type { MaybePromise } from '../core/maybe-promise.ts';
import { MillraceError } from '../core/millrace-error.ts';
import { json } from '../serde/json-serde.ts';
import type { Windowed } from '../serde/windowed-serde.ts';
import { declaredStore, type DeclaredStoreOptions } from './declared-store.ts';
import { ExpiringWindows, type StoreUser } from './expiring-windows.ts';
import { ReadOnlyWindowStore } from './read-only/read-only-window-store.ts';
import type { StoreSpec, WindowsShape } from './store.ts';
import { timeIndex, timeIndexName } from './time-index.ts';
import { windowChangelog, type WindowChangelogOptions } from './window-changelog.ts';
import { timeWindowKeySerde } from './window-key.ts';

/** How a program declares a window store of its own. */
export interface WindowStoreOptions<K, V> extends DeclaredStoreOptions<K, V>, WindowChangelogOptions {
  /** How long each window is: only told in the keys that are read. At least 1. */
  readonly windowSizeMs: number;
  /** A window goes when it starts at least so long before the newest of all. At least the size. */
  readonly retentionMs: number;
}

/**
 * Declares a store of windows that processors use, kept by key and start; beside it `<name>-by-time` is made, each with a
 * changelog. Throws TOPOLOGY_INVALID for a retention shorter than a window, and for `migrate` without a changelog.
 *
 * @example
 * const lastHour = windowStore<string, number>({ name: 'last-hour', windowSizeMs: 60_000, retentionMs: 3_600_000 });
 * clicks.process(() => new CountLastHour(), { name: 'count-last-hour', stores: [lastHour] });
 */
export function windowStore<K, V>(options: WindowStoreOptions<K, V>): StoreSpec<Windowed<K>, V> {
  const { name, windowSizeMs, retentionMs } = options;
  if (!(Number.isSafeInteger(windowSizeMs) && windowSizeMs >= 1 && retentionMs >= windowSizeMs)) {
    throw new MillraceError(
      'TOPOLOGY_INVALID',
      `Expected \`retentionMs\` to be >= \`windowSizeMs\` and that to be a whole number from 1, got ${retentionMs} and ${windowSizeMs} in store "${name}"`,
    );
  }
  const declared = declaredStore(options);
  const shape: WindowsShape = { kind: 'window', index: timeIndexName(name), listed: false, retentionMs };
  return Object.freeze({
    ...declared,
    ...windowChangelog(options, retentionMs),
    keySerde: timeWindowKeySerde(options.keySerde ?? json<K>(), (start) => start + windowSizeMs),
    shape,
    companions: [timeIndex(declared)],
  });
}

/**
 * A store of windows as the processors of a program see it: one task's part of it, with plain values.
 *
 * `get` and `put` do not wait. Scans are for `for await`. Values are never to be changed in place. What has expired is dropped
 * when it is put, and removed now and then; until then it may be seen.
 */
export class WindowStore<K, V> extends ReadOnlyWindowStore<K, V> {
  readonly #windows: ExpiringWindows<K, V>;

  /** Throws RUNTIME_STORE_KIND for a store that has no windows. */
  constructor(name: string, user: StoreUser) {
    const windows = new ExpiringWindows<K, V>(name, user);
    super([windows.windows]);
    this.#windows = windows;
  }

  /** Sets the value of the window of a key that begins at a time; null deletes. `timestamp` is the task's stream time by default. */
  put(key: K, value: V | null, { start, timestamp }: { start: number; timestamp?: number }): void {
    this.#windows.put({ key, start, end: null }, value, { time: start, timestamp });
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
