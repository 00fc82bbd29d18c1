import type { MaybePromise } from '../core/maybe-promise.ts';
import { MillraceError } from '../core/millrace-error.ts';
import { buffer } from '../serde/buffer-serde.ts';
import { Datum } from '../serde/datum.ts';
import { json } from '../serde/json-serde.ts';
import type { Serde } from '../serde/serde.ts';
import { declaredStore, type DeclaredStoreOptions } from './declared-store.ts';
import type { StoreUser } from './expiring-windows.ts';
import { ReadOnlyVersionedStore } from './read-only/read-only-versioned-store.ts';
import type { StoreSpec, VersionsShape } from './store.ts';
import { type PutOutcome, RowVersions } from './versioned/row-versions.ts';
import { versionSerde } from './versioned/version-serde.ts';

/** How a program declares a versioned store of its own. */
export interface VersionedStoreOptions<K, V> extends Omit<DeclaredStoreOptions<K, V>, 'migrate'> {
  /** How long before the newest row of all rows are known, and may still be put. */
  readonly historyRetentionMs: number;
}

/** What the spec of a versioned store has besides that of its latest rows. */
export function versionedShape<V>(
  { name, storage, logged }: Pick<StoreSpec<any, any>, 'name' | 'storage' | 'logged'>,
  valueSerde: Serde<V>,
  historyRetentionMs: number,
): { readonly shape: VersionsShape; readonly companions: readonly StoreSpec<any, any>[] } {
  const history = `${name}-history`;
  const spec = { kind: 'key-value', name: history, storage, logged, scans: true } as const;
  return {
    shape: { kind: 'versioned', history, historyRetentionMs },
    companions: [{ ...spec, keySerde: buffer(), valueSerde: versionSerde(valueSerde) }],
  };
}

/**
 * Declares a store of versioned rows (KIP-889) that processors use; beside the latest rows their history is kept in
 * `<name>-history`, each with a changelog. Throws TOPOLOGY_INVALID for a history that is no whole number from 0.
 *
 * @example
 * const prices = versionedStore<string, number>({ name: 'prices', historyRetentionMs: 3_600_000 });
 * orders.process(() => new PriceAsOfOrder(), { name: 'price', stores: [prices] });
 */
export function versionedStore<K, V>(options: VersionedStoreOptions<K, V>): StoreSpec<K, V> {
  const { name, historyRetentionMs } = options;
  if (!(Number.isSafeInteger(historyRetentionMs) && historyRetentionMs >= 0)) {
    throw new MillraceError(
      'TOPOLOGY_INVALID',
      `Expected \`historyRetentionMs\` to be a whole number from 0, got ${historyRetentionMs} in store "${name}"`,
    );
  }
  const declared = declaredStore<V>(options);
  return Object.freeze({
    ...declared,
    keySerde: options.keySerde ?? json<K>(),
    ...versionedShape(declared, declared.valueSerde, historyRetentionMs),
  });
}

/**
 * A store of versioned rows as the processors of a program see it: one task's part of it, with plain values.
 *
 * `get` and `put` do not wait, what reads earlier rows does. Values are never to be changed in place.
 */
export class VersionedStore<K, V> extends ReadOnlyVersionedStore<K, V> {
  readonly #versions: RowVersions<K, V>;

  /** Throws RUNTIME_STORE_KIND for a store that has no versions. */
  constructor(name: string, user: StoreUser) {
    const versions = new RowVersions<K, V>(user.store(name), (history) => user.store(history));
    super([versions]);
    this.#versions = versions;
  }

  /**
   * Puts a row, or its deletion (null), as of a time, which may be before that of the latest row. Returns what became of it:
   * `refused` when it is older than the history.
   */
  put(key: K, value: V | null, timestamp: number): PutOutcome {
    return this.#versions.put(Datum.ofValue(key), value === null ? null : Datum.ofValue(value), timestamp);
  }

  /** Puts the deletion of a row as of a time. */
  delete(key: K, timestamp: number): PutOutcome {
    return this.put(key, null, timestamp);
  }

  /**
   * How often `expire` has to be called, in stream time.
   *
   * @internal
   */
  get sweepIntervalMs(): number {
    return this.#versions.sweepIntervalMs;
  }

  /**
   * Removes what is older than the history.
   *
   * @internal
   */
  expire(): MaybePromise<void> {
    return this.#versions.expire();
  }
}
