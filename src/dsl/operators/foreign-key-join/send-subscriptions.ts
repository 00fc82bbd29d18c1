import { andThen, type MaybePromise } from '../../../core/maybe-promise.ts';
import type { ChangeRecord } from '../../../processor/change-record.ts';
import { ContextualProcessor } from '../../../processor/contextual-processor.ts';
import { datumOf, StreamRecord } from '../../../processor/stream-record.ts';
import { Datum } from '../../../serde/datum.ts';
import type { Serde } from '../../../serde/serde.ts';
import { rowHash } from './row-hash.ts';
import { instructions, type Instruction, type Subscription } from './subscription.ts';

/** What the left side of a foreign-key join is told. */
export interface SendOptions<K, V, FK> {
  readonly foreignKey: (value: V, key: K) => FK | null;
  readonly left: boolean;
  readonly keySerde: Serde<K>;
  readonly valueSerde: Serde<V>;
  readonly foreignKeySerde: Serde<FK>;
}

/**
 * Turns each change of a left row into subscriptions to its foreign key.
 *
 * A changed foreign key is unsubscribed first. An inner join asks for an answer where there may be something to make or to
 * delete; a left join always asks, since it has a result in any case (a null foreign key then gets its answer from whoever
 * the record without a key goes to).
 */
export class SendSubscriptions<K, V, FK> extends ContextualProcessor<
  ChangeRecord<K, V>,
  StreamRecord<FK, Subscription>
> {
  readonly #options: SendOptions<K, V, FK>;

  constructor(options: SendOptions<K, V, FK>) {
    super();
    this.#options = options;
  }

  override process(record: ChangeRecord<K, V>): MaybePromise<void> {
    if (!record.change.isLatest) return this.context.recordDropped('out of order');
    return this.#options.left ? this.#processLeft(record) : this.#processInner(record);
  }

  #processLeft(record: ChangeRecord<K, V>): MaybePromise<void> {
    const { newValue, oldValue } = record.change;
    if (newValue === null && oldValue === null) return;
    const oldKey = this.#foreignKey(record, oldValue);
    const newKey = this.#foreignKey(record, newValue);
    const ask = (): MaybePromise<void> => this.#send(record, newKey, instructions.propagateNullIfNoForeignRow);
    if (oldKey === null || this.#same(oldKey, newKey)) return ask();
    return andThen(this.#send(record, oldKey, instructions.deleteKeyNoPropagate), ask);
  }

  #processInner(record: ChangeRecord<K, V>): MaybePromise<void> {
    const { newValue, oldValue } = record.change;
    const oldKey = this.#foreignKey(record, oldValue);
    const newKey = this.#foreignKey(record, newValue);
    if (newKey === null) {
      if (newValue !== null) this.context.recordDropped('null foreign key');
      return oldKey === null ? undefined : this.#send(record, oldKey, instructions.deleteKeyAndPropagate);
    }
    if (oldKey === null || this.#same(oldKey, newKey))
      return this.#send(record, newKey, instructions.propagateOnlyIfForeignRow);
    return andThen(this.#send(record, oldKey, instructions.deleteKeyNoPropagate), () =>
      this.#send(record, newKey, instructions.propagateNullIfNoForeignRow),
    );
  }

  #foreignKey(record: ChangeRecord<K, V>, row: Datum<V> | null): Datum<FK> | null {
    return row === null ? null : (datumOf(this.#options.foreignKey(row.value, record.key)) as Datum<FK> | null);
  }

  #same(a: Datum<FK>, b: Datum<FK> | null): boolean {
    const { foreignKeySerde } = this.#options;
    return b !== null && a.bytes(foreignKeySerde).equals(b.bytes(foreignKeySerde));
  }

  #send(record: ChangeRecord<K, V>, foreignKey: Datum<FK> | null, instruction: Instruction): MaybePromise<void> {
    const { keySerde, valueSerde } = this.#options;
    const { newValue } = record.change;
    const subscription: Subscription = {
      instruction,
      rowHash: newValue === null ? null : rowHash(newValue.bytes(valueSerde)),
      primaryKey: record.keyDatum.bytes(keySerde),
      primaryPartition: this.context.taskId.partition,
    };
    return this.context.forward(new StreamRecord(foreignKey, Datum.ofValue(subscription), record.stamp));
  }
}
