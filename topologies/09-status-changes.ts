// Deduplicate with a processor and a store: one record when an order enters a status, none when anything else of it changes.
// The store and the output are of one transaction, so this holds across restarts and kills too. Always equal, for each order,
// to the statuses in mysql.shop.orders with repetitions left out; a deleted order begins anew.
import { keyValueStore, topology, type FixedKeyContext, type FixedKeyProcessor, type FixedKeyRecord } from 'millrace';
import { orders, type Order } from './shop.tables.ts';

const lastStatus = keyValueStore<number, string>({ name: 'last-status' });

/** From null: the order is new. */
interface StatusChange {
  readonly from: string | null;
  readonly to: string;
}

class StatusChanges implements FixedKeyProcessor<number, Order | null, StatusChange> {
  #context!: FixedKeyContext<number, StatusChange>;

  init(context: FixedKeyContext<number, StatusChange>): void {
    this.#context = context;
  }

  process(record: FixedKeyRecord<number, Order | null>) {
    const store = this.#context.keyValueStore(lastStatus);
    const from = store.get(record.key);
    const to = record.value?.status ?? null;
    if (from === to) return;
    store.put(record.key, to);
    if (to !== null) return this.#context.forward(record.withValue({ from, to }));
  }
}

export default topology('status-changes', (builder) => {
  builder
    .mysqlStream(orders)
    .processValues(() => new StatusChanges(), { name: 'status-changes', stores: [lastStatus] })
    .to('shop.status-changes');
});
