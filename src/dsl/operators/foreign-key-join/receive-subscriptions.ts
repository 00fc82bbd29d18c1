import type { MaybePromise } from '../../../core/maybe-promise.ts';
import { ContextualProcessor } from '../../../processor/contextual-processor.ts';
import type { ProcessorContext } from '../../../processor/processor.ts';
import type { StreamRecord } from '../../../processor/stream-record.ts';
import { Datum } from '../../../serde/datum.ts';
import type { Serde } from '../../../serde/serde.ts';
import type { TimestampedKeyValueStore } from '../../../store/store.ts';
import { subscribersMarkKey, subscriptionKey } from './subscription-key.ts';
import { instructions, subscribersMark, type Subscription } from './subscription.ts';

/** Where subscriptions are kept. */
export interface ReceiveOptions<FK> {
  readonly store: string;
  readonly foreignKeySerde: Serde<FK>;
}

/** Keeps or forgets each subscription, and passes it on. */
export class ReceiveSubscriptions<FK> extends ContextualProcessor<
  StreamRecord<FK, Subscription>,
  StreamRecord<FK, Subscription>
> {
  readonly #options: ReceiveOptions<FK>;
  #subscriptions!: TimestampedKeyValueStore<Buffer, Subscription>;

  constructor(options: ReceiveOptions<FK>) {
    super();
    this.#options = options;
  }

  override init(context: ProcessorContext<StreamRecord<FK, Subscription>>): void {
    super.init(context);
    this.#subscriptions = context.store(this.#options.store);
  }

  override process(record: StreamRecord<FK, Subscription>): MaybePromise<void> {
    const { keyDatum } = record;
    if (keyDatum !== null) this.#keep(record, keyDatum);
    return this.context.forward(record);
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
}
