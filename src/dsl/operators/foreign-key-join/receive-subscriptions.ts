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

/** Of so many foreign keys at most it is remembered that they are marked. */
const MARKED_KEYS = 16_384;

/** Keeps or forgets each subscription, and passes it on. */
export class ReceiveSubscriptions<FK> extends ContextualProcessor<
  StreamRecord<FK, Subscription>,
  StreamRecord<FK, Subscription>
> {
  readonly #options: ReceiveOptions<FK>;
  #subscriptions!: TimestampedKeyValueStore<Buffer, Subscription>;
  /** Foreign keys, as latin1, of which the store has the mark: it is never deleted. */
  readonly #marked = new Set<string>();

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
    if (!ends) this.#mark(foreignBytes, record.timestamp);
  }

  #mark(foreignBytes: Buffer, timestamp: number): void {
    const id = foreignBytes.toString('latin1');
    if (this.#marked.has(id)) return;
    const mark = Datum.ofValue(subscribersMarkKey(foreignBytes));
    if (this.#subscriptions.get(mark) === null) {
      this.#subscriptions.put(mark, Datum.ofValue(subscribersMark), timestamp);
    }
    if (this.#marked.size === MARKED_KEYS) this.#marked.clear();
    this.#marked.add(id);
  }
}
