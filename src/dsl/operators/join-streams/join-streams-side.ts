import { andThen, forEachInOrder, type MaybePromise } from '../../../core/maybe-promise.ts';
import { stampAt } from '../../../core/stamp.ts';
import { ContextualProcessor } from '../../../processor/contextual-processor.ts';
import type { ProcessorContext } from '../../../processor/processor.ts';
import { StreamRecord } from '../../../processor/stream-record.ts';
import { Datum } from '../../../serde/datum.ts';
import type { Serde } from '../../../serde/serde.ts';
import { reuseDatum } from '../../reuse-datum.ts';
import { JoinClock } from './join-clock.ts';
import { JoinWindowStore } from './join-window-store.ts';
import type { JoinWindows } from './join-windows.ts';
import { type Parked, ParkedRecords } from './parked-records.ts';
import type { WindowRecord } from './window-row.ts';

/** What both sides of a join have in common. */
export interface StreamJoin<K> {
  readonly join: (left: any, right: any, key: K) => any;
  readonly window: JoinWindows;
  /** Whether unmatched records of a side are results too. */
  readonly leftOuter: boolean;
  readonly rightOuter: boolean;
  readonly keySerde: Serde<K>;
  readonly leftSerde: Serde<any>;
  readonly rightSerde: Serde<any>;
  /** The names of its stores; `parked` is null where no side is outer. */
  readonly stores: {
    readonly left: string;
    readonly right: string;
    readonly clock: string;
    readonly parked: string | null;
  };
}

/** A record with a key and a value. */
interface Own {
  readonly record: StreamRecord<any, any>;
  readonly key: Buffer;
  readonly value: Datum<any>;
}

/**
 * One side of a join of two streams. With o the other side's records of the same key and t this record's time:
 *
 * 1. parked records whose windows have closed come out, if t is the largest timestamp so far;
 * 2. each o with t − before ≤ o.timestamp ≤ t + after makes a result at max(t, o.timestamp), and o is parked no longer;
 * 3. with none, where this side is outer: the record comes out alone if t + after has passed, else it is parked;
 * 4. the record is kept for the other side.
 *
 * Follows Kafka Streams' `KStreamKStreamJoin`, which asks for parked records by the window of the current side.
 */
export class JoinStreamsSide<K> extends ContextualProcessor<StreamRecord<K, any>, StreamRecord<K, any>> {
  readonly #join: StreamJoin<K>;
  readonly #isLeft: boolean;
  readonly #beforeMs: number;
  readonly #afterMs: number;
  #clock!: JoinClock;
  #own!: JoinWindowStore<any>;
  #other!: JoinWindowStore<any>;
  #parked: ParkedRecords | null = null;

  constructor(join: StreamJoin<K>, isLeft: boolean) {
    super();
    this.#join = join;
    this.#isLeft = isLeft;
    this.#beforeMs = isLeft ? join.window.beforeMs : join.window.afterMs;
    this.#afterMs = isLeft ? join.window.afterMs : join.window.beforeMs;
  }

  override init(context: ProcessorContext<StreamRecord<K, any>>): void {
    super.init(context);
    const { stores, window } = this.#join;
    const retentionMs = window.beforeMs + window.afterMs + window.graceMs;
    this.#clock = new JoinClock(context.store(stores.clock));
    this.#own = new JoinWindowStore(context.store(this.#isLeft ? stores.left : stores.right), retentionMs);
    this.#other = new JoinWindowStore(context.store(this.#isLeft ? stores.right : stores.left), retentionMs);
    if (stores.parked !== null) this.#parked = new ParkedRecords(context.store(stores.parked));
  }

  override process(record: StreamRecord<K, any>): MaybePromise<void> {
    this.#clock.load();
    if (record.timestamp > this.#clock.streamTimeMs) this.#clock.streamTimeMs = record.timestamp;
    return andThen(this.#handle(record), () => this.#clock.save());
  }

  #handle(record: StreamRecord<K, any>): MaybePromise<void> {
    const { keyDatum, valueDatum: value } = record;
    if (value === null) return this.context.recordDropped('null value');
    if (keyDatum === null) {
      if (!this.#outer) return this.context.recordDropped('null key');
      return this.#forward(record, { own: value, other: null, timestamp: record.timestamp });
    }
    const own = { record, key: keyDatum.bytes(this.#join.keySerde), value };
    const emitted = record.timestamp === this.#clock.streamTimeMs ? this.#emitParked(record) : undefined;
    return emitted === undefined ? this.#joinAndKeep(own) : emitted.then(() => this.#joinAndKeep(own));
  }

  get #outer(): boolean {
    return this.#isLeft ? this.#join.leftOuter : this.#join.rightOuter;
  }

  #emitParked(record: StreamRecord<K, any>): MaybePromise<void> {
    const { streamTimeMs, parkedMs } = this.#clock;
    const { beforeMs, afterMs, graceMs } = this.#join.window;
    if (this.#parked === null || parkedMs === null || parkedMs + this.#afterMs + graceMs >= streamTimeMs) return;
    const taken = this.#parked.take(
      (timestamp, isLeft) => timestamp + (isLeft ? afterMs : beforeMs) + graceMs >= streamTimeMs,
    );
    const emit = ({ due, lookedAtMs }: { due: Parked[]; lookedAtMs: number | null }): MaybePromise<void> => {
      this.#clock.parkedMs = lookedAtMs;
      return forEachInOrder(due, (parked) => this.#forwardParked(record, parked));
    };
    return taken instanceof Promise ? taken.then(emit) : emit(taken);
  }

  #forwardParked(trigger: StreamRecord<K, any>, { timestamp, isLeft, key, values }: Parked): MaybePromise<void> {
    const { keySerde, leftSerde, rightSerde, join } = this.#join;
    const keyDatum = Datum.ofBytes(key, keySerde);
    const stamp = stampAt(trigger.stamp, timestamp);
    return forEachInOrder(values, (bytes) => {
      const value = Datum.ofBytes(bytes, isLeft ? leftSerde : rightSerde);
      const joined = isLeft ? join(value.value, null, keyDatum.value) : join(null, value.value, keyDatum.value);
      return this.context.forward(new StreamRecord<K, any>(keyDatum, reuseDatum(joined, value), stamp));
    });
  }

  #joinAndKeep(own: Own): MaybePromise<void> {
    const { timestamp } = own.record;
    // No time is before 0: so Kafka Streams has it, where it matters only for windows with a negative side.
    const span = { from: Math.max(0, timestamp - this.#beforeMs), to: Math.max(0, timestamp + this.#afterMs) };
    const newestMs = this.#isLeft ? this.#clock.newestRightMs : this.#clock.newestLeftMs;
    const matches = this.#other.find(own.key, span, newestMs);
    const joined = matches.length === 0 ? this.#withoutMatch(own) : this.#withMatches(own, matches);
    return joined === undefined ? this.#keep(own) : joined.then(() => this.#keep(own));
  }

  #withMatches({ record, key, value }: Own, matches: readonly WindowRecord<any>[]): MaybePromise<void> {
    return forEachInOrder(matches, (match) => {
      this.#parked?.remove({ timestamp: match.timestamp, isLeft: !this.#isLeft, key });
      const timestamp = Math.max(record.timestamp, match.timestamp);
      return this.#forward(record, { own: value, other: match.value, timestamp });
    });
  }

  #withoutMatch({ record, key, value }: Own): MaybePromise<void> {
    if (!this.#outer || this.#parked === null) return;
    const { timestamp } = record;
    const clock = this.#clock;
    if (Math.max(0, timestamp + this.#afterMs) < clock.streamTimeMs) {
      return this.#forward(record, { own: value, other: null, timestamp });
    }
    clock.parkedMs = clock.parkedMs === null ? timestamp : Math.min(clock.parkedMs, timestamp);
    const bytes = Buffer.from(value.bytes(this.#isLeft ? this.#join.leftSerde : this.#join.rightSerde));
    this.#parked.add({ timestamp, isLeft: this.#isLeft, key, values: [bytes] });
  }

  #keep({ record, key, value }: Own): MaybePromise<void> {
    const { timestamp } = record;
    const clock = this.#clock;
    if (this.#isLeft) clock.newestLeftMs = Math.max(clock.newestLeftMs, timestamp);
    else clock.newestRightMs = Math.max(clock.newestRightMs, timestamp);
    const { left, right } = this.#join.stores;
    // Of a stream joined with itself on one store, the left side has kept the record already.
    if (!this.#isLeft && left === right) return;
    const newestMs = this.#isLeft ? clock.newestLeftMs : clock.newestRightMs;
    return this.#own.put(key, { timestamp, value }, newestMs);
  }

  #forward(
    record: StreamRecord<K, any>,
    { own, other, timestamp }: { own: Datum<any>; other: Datum<any> | null; timestamp: number },
  ): MaybePromise<void> {
    const otherValue = other === null ? null : other.value;
    const { join } = this.#join;
    const joined = this.#isLeft ? join(own.value, otherValue, record.key) : join(otherValue, own.value, record.key);
    const datum = reuseDatum(joined, other === null || Object.is(joined, own.value) ? own : other);
    return this.context.forward(new StreamRecord<K, any>(record.keyDatum, datum, stampAt(record.stamp, timestamp)));
  }
}
