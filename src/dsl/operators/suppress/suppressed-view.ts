import type { Datum } from '../../../serde/datum.ts';
import type { Serde } from '../../../serde/serde.ts';
import type { TimestampedDatum } from '../../../store/store.ts';
import type { TableView, ValueGetter, ValueGetterPlan } from '../../table-plan.ts';
import { SuppressionBuffer, type SuppressionStores } from './suppression-buffer.ts';

/** How others read a table whose updates are held back: as it was before those. */
export class SuppressedView<K, V> implements TableView<K, V> {
  sendsOldValues = false;
  readonly #parent: TableView<K, V>;
  readonly #stores: SuppressionStores;
  readonly #keySerde: Serde<K>;

  constructor(parent: TableView<K, V>, stores: SuppressionStores, keySerde: Serde<K>) {
    this.#parent = parent;
    this.#stores = stores;
    this.#keySerde = keySerde;
  }

  sendOldValues(force: boolean): boolean {
    if (this.#parent.sendOldValues(force)) this.sendsOldValues = true;
    return this.sendsOldValues;
  }

  getter(): ValueGetterPlan<K, V> {
    const { updates, times } = this.#stores;
    const parent = this.#parent.getter();
    return {
      stores: [...parent.stores, updates, times],
      open: (context) => {
        const buffer = new SuppressionBuffer<K, V>(context, this.#stores, {
          keySerde: this.#keySerde,
          oldValues: 'exact',
        });
        return new SuppressedRows(buffer, parent.open(context));
      },
    };
  }
}

class SuppressedRows<K, V> implements ValueGetter<K, V> {
  readonly #buffer: SuppressionBuffer<K, V>;
  readonly #parent: ValueGetter<K, V>;

  constructor(buffer: SuppressionBuffer<K, V>, parent: ValueGetter<K, V>) {
    this.#buffer = buffer;
    this.#parent = parent;
  }

  get(key: Datum<K>): TimestampedDatum<V> | null {
    const held = this.#buffer.get(key);
    if (held === null) return this.#parent.get(key);
    const { priorValue } = held;
    return priorValue === null ? null : { datum: priorValue, timestamp: -1 };
  }
}
