/**
 * A result that is there at once, or later. A step that need not wait returns the value itself: awaiting only what is a
 * promise keeps the path of a record synchronous wherever it can be.
 */
export type MaybePromise<T> = T | Promise<T>;

/** Runs `step` for each item in order, waiting only for those that return a promise. */
export function forEachInOrder<T>(items: readonly T[], step: (item: T) => MaybePromise<void>): MaybePromise<void> {
  for (let index = 0; index < items.length; index++) {
    const pending = step(items[index] as T);
    if (pending !== undefined) return finishInOrder(pending, items.slice(index + 1), step);
  }
}

async function finishInOrder<T>(
  pending: Promise<void>,
  rest: readonly T[],
  step: (item: T) => MaybePromise<void>,
): Promise<void> {
  await pending;
  for (const item of rest) {
    const next = step(item);
    if (next !== undefined) await next;
  }
}

/**
 * Runs `next` after `first`, at once when `first` is done already. Not named `then`: a module that exports one is taken for
 * a promise by whoever awaits its import.
 */
export function andThen<T>(first: MaybePromise<void>, next: () => MaybePromise<T>): MaybePromise<T> {
  return first === undefined ? next() : first.then(next);
}
