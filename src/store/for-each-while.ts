import type { MaybePromise } from '../core/maybe-promise.ts';
import type { StoreCursor, StoreEntry } from './store.ts';

/** Handles an entry; false ends the scan. */
type Step<K, V> = (entry: StoreEntry<K, V>) => MaybePromise<void> | false;

/** Reads a cursor in order until a step returns false or there is no more, and closes it; waits only where it must. */
export function forEachWhile<K, V>(cursor: StoreCursor<K, V>, step: Step<K, V>): MaybePromise<void> {
  for (;;) {
    const batch = cursor.next();
    if (batch instanceof Promise) return finish(cursor, { batch, at: 0, pending: undefined }, step);
    if (batch.length === 0) return cursor.close();
    for (let at = 0; at < batch.length; at++) {
      const pending = step(batch[at] as StoreEntry<K, V>);
      if (pending === false) return cursor.close();
      if (pending !== undefined) return finish(cursor, { batch, at: at + 1, pending }, step);
    }
  }
}

async function finish<K, V>(
  cursor: StoreCursor<K, V>,
  from: { batch: MaybePromise<readonly StoreEntry<K, V>[]>; at: number; pending: MaybePromise<void> },
  step: Step<K, V>,
): Promise<void> {
  try {
    await from.pending;
    let batch = await from.batch;
    for (let { at } = from; batch.length > 0; batch = await cursor.next(), at = 0) {
      for (; at < batch.length; at++) {
        const pending = step(batch[at] as StoreEntry<K, V>);
        if (pending === false) return;
        if (pending !== undefined) await pending;
      }
    }
  } finally {
    await cursor.close();
  }
}
