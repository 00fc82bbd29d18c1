/**
 * A result that is there at once, or later. A step that need not wait returns the value itself: awaiting only what is a
 * promise keeps the path of a record synchronous wherever it can be.
 */
export type MaybePromise<T> = T | Promise<T>;

/** Runs `step` for each item in order, waiting only for those that return a promise. */
export function forEachInOrder<T>(items: readonly T[], step: (item: T) => MaybePromise<void>): MaybePromise<void> {
  for (let index = 0; index < items.length; index++) {
    const pending = step(items[index] as T);
    if (pending !== undefined) return finishInOrder(pending, items, index + 1, step);
  }
}

async function finishInOrder<T>(
  pending: Promise<void>,
  items: readonly T[],
  from: number,
  step: (item: T) => MaybePromise<void>,
): Promise<void> {
  await pending;
  for (let index = from; index < items.length; index++) {
    const next = step(items[index] as T);
    if (next !== undefined) await next;
  }
}

/** Runs `next` after `first`, at once when `first` is done already. */
export function then<T>(first: MaybePromise<void>, next: () => MaybePromise<T>): MaybePromise<T> {
  return first === undefined ? next() : first.then(next);
}
