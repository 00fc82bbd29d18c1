import type { MaybePromise } from '../../../core/maybe-promise.ts';
import { stampAt } from '../../../core/stamp.ts';
import { ContextualProcessor } from '../../../processor/contextual-processor.ts';
import type { ProcessorContext } from '../../../processor/processor.ts';
import { StreamRecord } from '../../../processor/stream-record.ts';
import { Datum } from '../../../serde/datum.ts';
import type { Serde } from '../../../serde/serde.ts';
import type { TimestampedDatum } from '../../../store/store.ts';
import type { ValueGetter, ValueGetterPlan } from '../../table-plan.ts';
import type { SubscriptionResponse } from './subscription-response.ts';
import { instructions, type Subscription } from './subscription.ts';

/** How the rows that are subscribed to are read. */
export interface JoinSubscriptionsOptions<K, FK, FV> {
  readonly foreignRows: ValueGetterPlan<FK, FV>;
  readonly foreignKeySerde: Serde<FK>;
  readonly keySerde: Serde<K>;
}

/** Answers each subscription with the foreign row, as its instruction says. */
export class JoinSubscriptions<K, FK, FV> extends ContextualProcessor<
  StreamRecord<FK, Subscription>,
  StreamRecord<K, SubscriptionResponse<FV>>
> {
  readonly #options: JoinSubscriptionsOptions<K, FK, FV>;
  #foreignRows!: ValueGetter<FK, FV>;

  constructor(options: JoinSubscriptionsOptions<K, FK, FV>) {
    super();
    this.#options = options;
  }

  override init(context: ProcessorContext<StreamRecord<K, SubscriptionResponse<FV>>>): void {
    super.init(context);
    this.#foreignRows = this.#options.foreignRows.open(context as ProcessorContext<never>);
  }

  override process(record: StreamRecord<FK, Subscription>): MaybePromise<void> {
    const { keyDatum } = record;
    const { instruction } = record.value;
    if (instruction === instructions.deleteKeyNoPropagate) return;
    const foreignRow = keyDatum === null ? null : this.#foreignRows.get(keyDatum);
    if (instruction === instructions.propagateOnlyIfForeignRow && foreignRow === null) return;
    return this.#respond(record, foreignRow);
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
