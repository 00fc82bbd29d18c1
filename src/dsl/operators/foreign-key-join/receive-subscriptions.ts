import type { MaybePromise } from '../../../core/maybe-promise.ts';
import { stampAt } from '../../../core/stamp.ts';
import { ContextualProcessor } from '../../../processor/contextual-processor.ts';
import type { ProcessorContext } from '../../../processor/processor.ts';
import { StreamRecord } from '../../../processor/stream-record.ts';
import { Datum } from '../../../serde/datum.ts';
import type { Serde } from '../../../serde/serde.ts';
import type { TimestampedDatum, TimestampedKeyValueStore } from '../../../store/store.ts';
import type { ValueGetter, ValueGetterPlan } from '../../table-plan.ts';
import { subscribersMarkKey, subscriptionKey } from './subscription-key.ts';
import type { SubscriptionResponse } from './subscription-response.ts';
import { instructions, subscribersMark, type Subscription } from './subscription.ts';

/** What the foreign side of a join is told. */
export interface ReceiveOptions<K, FK, FV> {
  readonly store: string;
  readonly foreignRows: ValueGetterPlan<FK, FV>;
  readonly foreignKeySerde: Serde<FK>;
  readonly keySerde: Serde<K>;
}

/** Keeps or forgets each subscription, and answers it with the foreign row as its instruction says. */
export class ReceiveSubscriptions<K, FK, FV> extends ContextualProcessor<
  StreamRecord<FK, Subscription>,
  StreamRecord<K, SubscriptionResponse<FV>>
> {
  readonly #options: ReceiveOptions<K, FK, FV>;
  #subscriptions!: TimestampedKeyValueStore<Buffer, Subscription>;
  #foreignRows!: ValueGetter<FK, FV>;

  constructor(options: ReceiveOptions<K, FK, FV>) {
    super();
    this.#options = options;
  }

  override init(context: ProcessorContext<StreamRecord<K, SubscriptionResponse<FV>>>): void {
    super.init(context);
    this.#subscriptions = context.store(this.#options.store);
    this.#foreignRows = this.#options.foreignRows.open(context as ProcessorContext<never>);
  }

  override process(record: StreamRecord<FK, Subscription>): MaybePromise<void> {
    const { keyDatum } = record;
    const { instruction } = record.value;
    if (keyDatum !== null) this.#keep(record, keyDatum);
    if (instruction === instructions.deleteKeyNoPropagate) return;
    const foreignRow = keyDatum === null ? null : this.#foreignRows.get(keyDatum);
    if (instruction === instructions.propagateOnlyIfForeignRow && foreignRow === null) return;
    return this.#respond(record, foreignRow);
  }

  #keep(record: StreamRecord<FK, Subscription>, foreignKey: Datum<FK>): void {
    const { instruction, primaryKey } = record.value;
    const foreignBytes = foreignKey.bytes(this.#options.foreignKeySerde);
    const ends =
      instruction === instructions.deleteKeyNoPropagate || instruction === instructions.deleteKeyAndPropagate;
    const key = Datum.ofValue(subscriptionKey(foreignBytes, primaryKey));
    this.#subscriptions.put(key, ends ? null : record.valueDatum, record.timestamp);
    if (ends) return;
    const mark = Datum.ofValue(subscribersMarkKey(foreignBytes));
    if (this.#subscriptions.get(mark) === null) {
      this.#subscriptions.put(mark, Datum.ofValue(subscribersMark), record.timestamp);
    }
  }

  #respond(record: StreamRecord<FK, Subscription>, foreignRow: TimestampedDatum<FV> | null): MaybePromise<void> {
    const { instruction, rowHash, primaryKey, primaryPartition } = record.value;
    const isLast = instruction === instructions.deleteKeyAndPropagate;
    const response = {
      rowHash,
      foreignRow: isLast || foreignRow === null ? null : foreignRow.datum,
      missingKey:
        isLast || foreignRow !== null ? null : (record.keyDatum?.bytes(this.#options.foreignKeySerde) ?? null),
      isLast,
      primaryPartition,
    };
    const timestamp = foreignRow === null ? record.timestamp : Math.max(record.timestamp, foreignRow.timestamp);
    return this.context.forward(
      new StreamRecord(
        Datum.ofBytes(primaryKey, this.#options.keySerde),
        Datum.ofValue(response),
        stampAt(record.stamp, timestamp),
      ),
    );
  }
}
