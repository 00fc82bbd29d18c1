import { andThen, forEachInOrder, type MaybePromise } from '../../core/maybe-promise.ts';
import { Change } from '../../processor/change-record.ts';
import type { ProcessorContext } from '../../processor/processor.ts';
import { StreamRecord } from '../../processor/stream-record.ts';
import { Datum } from '../../serde/datum.ts';
import { json } from '../../serde/json-serde.ts';
import type { Serde } from '../../serde/serde.ts';
import { string } from '../../serde/string-serde.ts';
import { TIME_BYTES, timeBytes, writeTime } from '../../serde/time-bytes.ts';
import { forEachEntry } from '../../store/for-each-entry.ts';
import type { StoreEntry, TimestampedKeyValueStore } from '../../store/store.ts';
import type { ValueGetterPlan } from '../table-plan.ts';
import { StreamTableJoiner } from './stream-table-joiner.ts';
import { suppressedSerde, type Suppressed } from './suppress/suppressed-serde.ts';

/** How long records wait, and in which stores. */
export interface DelayOptions<K> {
  readonly graceMs: number;
  readonly records: string;
  readonly times: string;
  readonly keySerde: Serde<K>;
}

const SEQUENCE_BYTES = 6;
const CLOCK = Datum.ofValue('clock');

interface DelayClock {
  /** The time of the newest record that was kept; −1 before the first. */
  readonly newestMs: number;
  /** How many records were kept. */
  readonly sequence: number;
}

/** The serdes of the store in which a joiner's clock outlives a restart. */
export const delayClockSerdes = { keySerde: string(), valueSerde: json<DelayClock>() };

/** A record that waits, as its store has it: a change to its value, and its headers. */
export function delayedRecordSerde<V>(valueSerde: Serde<V>): Serde<Suppressed<V>> {
  return suppressedSerde(valueSerde);
}

/**
 * Has each record wait until the newest one is `graceMs` later, and joins it then, with the row of its time: by time, key and
 * arrival. A record that is that late already is joined at once, and does not move the clock.
 *
 * The key of a record in its store is [time][key][sequence].
 */
export class DelayedStreamTableJoiner<K, V, T, R> extends StreamTableJoiner<K, V, T, R> {
  readonly #delay: DelayOptions<K>;
  #records!: TimestampedKeyValueStore<Buffer, Suppressed<V>>;
  #times!: TimestampedKeyValueStore<string, DelayClock>;
  #clock: DelayClock = { newestMs: -1, sequence: 0 };
  /** No record that waits is older; nothing is known after a start. */
  #oldestMs = 0;

  constructor(
    getter: ValueGetterPlan<K, T>,
    rule: { left: boolean; join: (value: V, row: T | null, key: K) => R },
    delay: DelayOptions<K>,
  ) {
    super(getter, rule);
    this.#delay = delay;
  }

  override init(context: ProcessorContext<StreamRecord<K, R>>): void {
    super.init(context);
    this.#records = context.store(this.#delay.records);
    this.#times = context.store(this.#delay.times);
    this.#clock = this.#times.get(CLOCK)?.datum.value ?? this.#clock;
  }

  override process(record: StreamRecord<K, V>): MaybePromise<void> {
    const { keyDatum, valueDatum, timestamp } = record;
    const isLate = timestamp < this.#clock.newestMs - this.#delay.graceMs;
    if (keyDatum === null || valueDatum === null || isLate) return super.process(record);
    this.#keep(record, keyDatum.bytes(this.#delay.keySerde), valueDatum);
    if (timestamp < this.#oldestMs) this.#oldestMs = timestamp;
    return this.#release();
  }

  #keep({ timestamp, headers }: StreamRecord<K, V>, key: Buffer, value: Datum<V>): void {
    const { newestMs, sequence } = this.#clock;
    this.#clock = { newestMs: Math.max(newestMs, timestamp), sequence: sequence + 1 };
    this.#times.put(CLOCK, Datum.ofValue(this.#clock), this.#clock.newestMs);
    const bytes = Buffer.allocUnsafe(TIME_BYTES + key.length + SEQUENCE_BYTES);
    writeTime(bytes, timestamp, 0);
    bytes.set(key, TIME_BYTES);
    bytes.writeUIntBE(sequence, bytes.length - SEQUENCE_BYTES, SEQUENCE_BYTES);
    this.#records.put(
      Datum.ofValue(bytes),
      Datum.ofValue({ change: new Change(value, null), priorValue: null, headers }),
      timestamp,
    );
  }

  #release(): MaybePromise<void> {
    const before = this.#clock.newestMs - this.#delay.graceMs;
    if (this.#oldestMs > before) return;
    this.#oldestMs = before + 1;
    const due: StoreEntry<Buffer, Suppressed<V>>[] = [];
    const scanned = forEachEntry(this.#records.scanRange(null, Datum.ofValue(timeBytes(before + 1))), (entry) => {
      due.push(entry);
    });
    return andThen(scanned, () => forEachInOrder(due, (entry) => this.#joinKept(entry)));
  }

  #joinKept({ key, datum, timestamp }: StoreEntry<Buffer, Suppressed<V>>): MaybePromise<void> {
    this.#records.put(key, null, timestamp);
    const { change, headers } = datum.value;
    const keyBytes = key.value.subarray(TIME_BYTES, key.value.length - SEQUENCE_BYTES);
    const keyDatum = Datum.ofBytes(keyBytes, this.#delay.keySerde);
    return super.process(new StreamRecord(keyDatum, change.newValue, { timestamp, headers }));
  }
}
