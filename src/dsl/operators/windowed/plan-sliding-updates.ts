/** A window that a key has: its start, and the largest timestamp of its records. */
export interface WindowSpan {
  readonly start: number;
  readonly timestamp: number;
}

/** What to do with one window, `base` being the one whose aggregate it begins with; null: with none. */
export interface SlidingUpdate<W extends WindowSpan> {
  readonly start: number;
  /**
   * `update`: adds the record to a window there is; `create`: makes a window and adds it; `recreate`: does that once more,
   * with the window that the `create` before has made; `copy`: makes one without the record.
   */
  readonly kind: 'update' | 'create' | 'recreate' | 'copy';
  readonly base: W | null;
}

/**
 * What a record at `t` does to the sliding windows of its key (KIP-450, KIP-742).
 *
 * There is a window for each different set of records that are at most d apart. Each record has a left window [t − d, t],
 * and a right window [t + 1, t + 1 + d] when a later record is in it. So a record
 *
 * - joins every window that it is in;
 * - makes the right window of the record before it, if that would hold it and is not there;
 * - makes its own left window, with what the last window that ends before t holds if the record before is in it too;
 * - makes its own right window, if there are records later than t in a window that it is in: it holds the same as the newest
 *   of these did.
 *
 * The right window of the record before and the left one of this record are the same where t is d + 1 later. Kafka Streams
 * makes it twice, and so is it here.
 *
 * Windows do not begin below 0: all records before d share [0, d] as their left window.
 *
 * `found` are the windows of the key that start in [t − 2d, t + 1], by start.
 */
export function planSlidingUpdates<W extends WindowSpan>(
  found: readonly W[],
  t: number,
  d: number,
): readonly SlidingUpdate<W>[] {
  return t < d ? planEarly(found, t) : planUsual(found, t, d);
}

function planUsual<W extends WindowSpan>(found: readonly W[], t: number, d: number): readonly SlidingUpdate<W>[] {
  const updates: SlidingUpdate<W>[] = [];
  let [hasLeft, hasRight] = [false, false];
  let newest: W | null = null;
  let before: W | null = null;
  let previous: number | null = null;
  for (const window of found.toReversed()) {
    const end = window.start + d;
    if (window.start === t + 1) {
      hasRight = true;
    } else if (end > t) {
      newest ??= window;
      updates.push({ start: window.start, kind: 'update', base: window });
    } else if (end === t) {
      updates.push({ start: window.start, kind: 'update', base: window });
      // It has a record at t already, and with that came every window that this one would make.
      if (window.timestamp >= t) return updates;
      hasLeft = true;
      previous = window.timestamp;
    } else {
      before = window;
      previous = window.timestamp;
      break;
    }
  }
  if (previous !== null && previous + 1 + d >= t && !found.some(({ start }) => start === (previous as number) + 1)) {
    updates.push({ start: previous + 1, kind: 'create', base: null });
  }
  if (!hasLeft) {
    const kind = updates.at(-1)?.kind === 'create' && updates.at(-1)?.start === t - d ? 'recreate' : 'create';
    updates.push({ start: t - d, kind, base: previous !== null && previous >= t - d ? before : null });
  }
  if (!hasRight && newest !== null && newest.timestamp > t) updates.push({ start: t + 1, kind: 'copy', base: newest });
  return updates;
}

function planEarly<W extends WindowSpan>(found: readonly W[], t: number): readonly SlidingUpdate<W>[] {
  const updates: SlidingUpdate<W>[] = [];
  let hasRight = false;
  let combined: W | null = null;
  let newest: W | null = null;
  for (const window of found) {
    if (window.start === 0) {
      combined = window;
    } else if (window.start === t + 1) {
      hasRight = true;
    } else {
      newest = window;
      updates.push({ start: window.start, kind: 'update', base: window });
    }
  }
  if (newest === null && combined !== null && combined.timestamp > t) newest = combined;
  if (!hasRight && newest !== null && newest.timestamp > t) updates.push({ start: t + 1, kind: 'copy', base: newest });
  const previous = combined !== null && combined.timestamp < t ? combined.timestamp : null;
  if (previous !== null && !found.some(({ start }) => start === previous + 1)) {
    updates.push({ start: previous + 1, kind: 'create', base: null });
  }
  updates.push({ start: 0, kind: combined === null ? 'create' : 'update', base: combined });
  return updates;
}
