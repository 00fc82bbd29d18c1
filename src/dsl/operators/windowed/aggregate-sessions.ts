import { NO_HEADERS } from '../../../core/headers.ts';
import { andThen, forEachInOrder, type MaybePromise } from '../../../core/maybe-promise.ts';
import { Change, ChangeRecord } from '../../../processor/change-record.ts';
import type { StreamRecord } from '../../../processor/stream-record.ts';
import type { Datum } from '../../../serde/datum.ts';
import type { Windowed } from '../../../serde/windowed-serde.ts';
import type { FoundWindow } from '../../../store/indexed-windows.ts';
import type { TimestampedDatum } from '../../../store/store.ts';
import type { SessionWindows } from '../../windows/windows.ts';
import { WindowsByKey } from './windows-by-key.ts';

/**
 * Aggregates in sessions. Records without a key are dropped, those without a value are not.
 *
 * A record at t and the sessions of its key that overlap [t − gap, t + gap] become one session. It is dropped when that would
 * end before stream time − gap − grace. Old sessions are deleted first, unless the record is at the only time of one.
 */
export class AggregateSessions<K, V, A> extends WindowsByKey<SessionWindows, K, V, A> {
  override process(record: StreamRecord<K, V>): MaybePromise<void> {
    const { keyDatum, timestamp } = record;
    if (keyDatum === null) return this.context.recordDropped('null key');
    const { gapMs, graceMs } = this.windows;
    const streamTime = this.lifecycle.observe(timestamp);
    const key = keyDatum.bytes(this.aggregation.keySerde);
    const joined = this.store.windowsOf(key, timestamp - gapMs, timestamp + gapMs);
    const [first, last] = [joined[0], joined.at(-1)];
    const start = first === undefined ? timestamp : Math.min(timestamp, first.start);
    const end = last === undefined ? timestamp : Math.max(timestamp, last.time);
    if (end < streamTime - gapMs - graceMs) {
      this.context.recordDropped('late record');
      return this.lifecycle.settle(record.headers);
    }
    const updates = this.#replace(record, joined, { start, end });
    if (this.lifecycle.emitsOnClose) return this.lifecycle.settle(record.headers);
    const forwarded = forEachInOrder(updates, ({ update, before }) => this.updates.emit(update, before));
    return andThen(forwarded, () => this.lifecycle.settle(record.headers));
  }

  /** Puts the new session in the place of the old ones; returns the changes. */
  #replace(
    record: StreamRecord<K, V>,
    joined: readonly FoundWindow<K, A>[],
    { start, end }: { start: number; end: number },
  ): SessionUpdate<K, A>[] {
    const key = record.keyDatum as Datum<K>;
    const updates: SessionUpdate<K, A>[] = [];
    const { sendsOldValues } = this.aggregation.view;
    let aggregate = this.fold.initial();
    let kept: FoundWindow<K, A> | null = null;
    for (const session of joined) {
      aggregate = this.fold.merge(aggregate, session.datum, key);
      if (session.start === start && session.time === end) kept = session;
      else this.store.remove(session.window, session.time);
      if (start === end) continue;
      const deleted = new Change<A>(null, sendsOldValues ? session.datum : null);
      updates.push({ update: changeOf({ window: session.window, end: session.time }, deleted), before: session });
    }
    aggregate = this.fold.next(aggregate, record.valueDatum, key);
    const window = kept?.window ?? this.store.session(key.bytes(this.aggregation.keySerde), start, end);
    this.#put(window, aggregate, { kept: kept !== null, end });
    const oldValue = start === end && kept !== null && sendsOldValues ? kept.datum : null;
    const before = start === end ? kept : null;
    updates.push({ update: changeOf({ window, end }, new Change(aggregate, oldValue)), before });
    return updates;
  }

  #put(window: Datum<Windowed<K>>, aggregate: Datum<A> | null, { kept, end }: { kept: boolean; end: number }): void {
    if (aggregate === null) {
      if (kept) this.store.remove(window, end);
    } else if (kept) {
      this.store.update(window, aggregate, end);
    } else {
      this.store.create(window, aggregate, end);
    }
  }
}

/** A change of a session, and what was there before. */
interface SessionUpdate<K, A> {
  readonly update: ChangeRecord<Windowed<K>, A>;
  readonly before: TimestampedDatum<A> | null;
}

function changeOf<K, A>(
  { window, end }: { window: Datum<Windowed<K>>; end: number },
  change: Change<A>,
): ChangeRecord<Windowed<K>, A> {
  return new ChangeRecord(window, change, { timestamp: end, headers: NO_HEADERS });
}
