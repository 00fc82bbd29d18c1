import { forEachInOrder, type MaybePromise } from '../core/maybe-promise.ts';
import type { StoreCursor, StoreEntry } from './store.ts';

/** Reads a cursor to its end and closes it, calling `step` for each entry in order; waits only where it must. */
export function forEachEntry<K, V>(
  cursor: StoreCursor<K, V>,
  step: (entry: StoreEntry<K, V>) => MaybePromise<void>,
): MaybePromise<void> {
  for (;;) {
    const batch = cursor.next();
    if (batch instanceof Promise) return finish(cursor, batch, step);
    if (batch.length === 0) return cursor.close();
    const pending = forEachInOrder(batch, step);
    if (pending !== undefined) return pending.then(() => finish(cursor, Promise.resolve(cursor.next()), step));
  }
}

async function finish<K, V>(
  cursor: StoreCursor<K, V>,
  first: Promise<readonly StoreEntry<K, V>[]>,
  step: (entry: StoreEntry<K, V>) => MaybePromise<void>,
): Promise<void> {
  try {
    for (let batch = await first; batch.length > 0; batch = await cursor.next()) await forEachInOrder(batch, step);
  } finally {
    await cursor.close();
  }
}
