import { forEachInOrder, type MaybePromise } from '../../core/maybe-promise.ts';
import { type CacheBudget, UpdateCache } from '../../processor/update-cache.ts';
import type { TimestampedKeyValueStore } from '../../store/store.ts';
import { placeError, placeRejection } from '../errors/place-error.ts';

interface Holder {
  readonly node: string;
  readonly cache: UpdateCache<any, any>;
  readonly flush: () => MaybePromise<void>;
}

/** The update caches of one task, by the name of their store, in the order in which records pass the nodes that hold back. */
export class TaskCaches {
  readonly #stores: ReadonlyMap<string, TimestampedKeyValueStore<any, any>>;
  readonly #budget: CacheBudget;
  readonly #byStore = new Map<string, UpdateCache<any, any>>();
  readonly #holders: Holder[] = [];

  constructor(stores: ReadonlyMap<string, TimestampedKeyValueStore<any, any>>, budget: CacheBudget) {
    this.#stores = stores;
    this.#budget = budget;
  }

  /** How many updates are held back. */
  get size(): number {
    return this.#holders.reduce((sum, { cache }) => sum + cache.size, 0);
  }

  /** The cache of a store for the node that writes it, which `flush` makes forward what it holds back; null: nothing may be. */
  open(node: string, store: string, flush: () => MaybePromise<void>): UpdateCache<any, any> | null {
    if (this.#budget.limitBytes === 0) return null;
    const cache = this.of(store);
    this.#holders.push({ node, cache, flush });
    return cache;
  }

  /** The cache of a store, whether or not something is ever held back there. */
  of(store: string): UpdateCache<any, any> {
    const known = this.#byStore.get(store);
    if (known !== undefined) return known;
    const cache = new UpdateCache(this.#stores.get(store) as TimestampedKeyValueStore<any, any>, this.#budget);
    this.#byStore.set(store, cache);
    return cache;
  }

  /** Has all forward what they hold back: those upstream first, so that what they cause is forwarded too. */
  flush(): MaybePromise<void> {
    return forEachInOrder(this.#holders, flushOne);
  }
}

function flushOne({ node, cache, flush }: Holder): MaybePromise<void> {
  if (cache.size === 0) return;
  try {
    const pending = flush();
    return pending === undefined ? undefined : placeRejection(pending, { node });
  } catch (error) {
    throw placeError(error, { node });
  }
}
