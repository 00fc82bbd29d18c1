import type { MaybePromise } from '../../../core/maybe-promise.ts';
import type { ChangeRecord } from '../../../processor/change-record.ts';
import { ContextualProcessor } from '../../../processor/contextual-processor.ts';
import type { ProcessorContext } from '../../../processor/processor.ts';
import { StreamRecord } from '../../../processor/stream-record.ts';
import { Datum } from '../../../serde/datum.ts';
import type { Serde } from '../../../serde/serde.ts';
import { forEachEntry } from '../../../store/for-each-entry.ts';
import type { TimestampedKeyValueStore } from '../../../store/store.ts';
import { subscribersMarkKey, subscriptionPrefix } from './subscription-key.ts';
import type { SubscriptionResponse } from './subscription-response.ts';
import type { Subscription } from './subscription.ts';

/** Sends each change of a foreign row to every left row that subscribed to it, in the order of their keys' bytes. */
export class RespondToChanges<K, FK, FV> extends ContextualProcessor<
  ChangeRecord<FK, FV>,
  StreamRecord<K, SubscriptionResponse<FV>>
> {
  readonly #options: { store: string; foreignKeySerde: Serde<FK>; keySerde: Serde<K> };
  #subscriptions!: TimestampedKeyValueStore<Buffer, Subscription>;

  constructor(options: { store: string; foreignKeySerde: Serde<FK>; keySerde: Serde<K> }) {
    super();
    this.#options = options;
  }

  override init(context: ProcessorContext<StreamRecord<K, SubscriptionResponse<FV>>>): void {
    super.init(context);
    this.#subscriptions = context.store(this.#options.store);
  }

  override process(record: ChangeRecord<FK, FV>): MaybePromise<void> {
    if (!record.change.isLatest) return this.context.recordDropped('out of order');
    const { foreignKeySerde, keySerde } = this.#options;
    const foreignRow = record.change.newValue;
    const foreignKey = record.keyDatum.bytes(foreignKeySerde);
    if (this.#subscriptions.get(Datum.ofValue(subscribersMarkKey(foreignKey))) === null) return;
    const missingKey = foreignRow === null ? foreignKey : null;
    const subscribers = this.#subscriptions.scanPrefix(subscriptionPrefix(foreignKey));
    return forEachEntry(subscribers, ({ datum }) => {
      const { rowHash, primaryKey, primaryPartition } = datum.value;
      const response = Datum.ofValue({ rowHash, foreignRow, missingKey, isLast: false, primaryPartition });
      return this.context.forward(new StreamRecord(Datum.ofBytes(primaryKey, keySerde), response, record.stamp));
    });
  }
}
