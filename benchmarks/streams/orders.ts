import { Buffer } from 'node:buffer';
import type { Broker, ProducedRecord, TopicConfig } from '../../src/broker/port.ts';
import { NO_HEADERS } from '../../src/core/headers.ts';
import { partitionForKey } from '../../src/core/murmur2.ts';

/** An order of the benchmarks: 131 bytes of JSON on average. */
export interface Order {
  readonly id: number;
  readonly customerId: number;
  readonly productId: number;
  readonly quantity: number;
  readonly amount: number;
  readonly status: string;
  readonly createdAt: string;
}

/** A customer of the benchmarks. */
export interface Customer {
  readonly id: number;
  readonly name: string;
  readonly country: string;
}

/** A product of the benchmarks. */
export interface Product {
  readonly id: number;
  readonly name: string;
  readonly cents: number;
}

/** A row under its key, before it is written. */
interface KeyedRow {
  readonly key: number;
  readonly value: unknown;
  readonly timestamp: number;
}

export const PARTITIONS = 4;
const CUSTOMERS = 100_000;
const PRODUCTS = 10_000;
/** The records have times of their own, which retention would take for old. */
const KEEP = { 'retention.ms': -1 } as const;
const BATCH_RECORDS = 10_000;
const STATUSES = ['new', 'paid', 'packed', 'shipped', 'delivered', 'cancelled'] as const;
const COUNTRIES = ['AT', 'BR', 'CH', 'DE', 'ES', 'FR', 'GB', 'IT', 'JP', 'US'] as const;

/**
 * The orders of the benchmarks, the same ones every time: one record in five updates an earlier order, one update in ten moves
 * it to another customer; customers follow a power law.
 */
export class OrderSequence {
  readonly #random = seededRandom(42);
  readonly #customerOf: number[] = [];
  #records = 0;

  /** How many different orders there were. */
  get rows(): number {
    return this.#customerOf.length;
  }

  /** The next record: a new order, or an update. */
  next(): KeyedRow {
    return this.#isUpdate() ? this.nextUpdate() : this.nextNew();
  }

  /** An order that was not there before. */
  nextNew(): KeyedRow {
    const id = this.#customerOf.length;
    this.#customerOf[id] = this.#someCustomer();
    return this.#record(id);
  }

  /** Another version of any order that was there. */
  nextUpdate(): KeyedRow {
    const id = Math.floor(this.#random() * this.#customerOf.length);
    if (this.#random() < 0.1) this.#customerOf[id] = this.#someCustomer();
    return this.#record(id);
  }

  #isUpdate(): boolean {
    return this.#customerOf.length > 0 && this.#random() < 0.2;
  }

  #someCustomer(): number {
    return Math.floor(CUSTOMERS * this.#random() ** 3);
  }

  #record(id: number): KeyedRow {
    const random = this.#random;
    const index = this.#records++;
    const order: Order = {
      id,
      customerId: this.#customerOf[id] as number,
      productId: Math.floor(PRODUCTS * random() ** 2),
      quantity: 1 + Math.floor(random() * 9),
      amount: Math.floor(random() * 100_000) / 100,
      status: STATUSES[Math.floor(random() * STATUSES.length)] as string,
      createdAt: new Date(1_760_000_000_000 + index * 37).toISOString(),
    };
    return { key: id, value: order, timestamp: 1_760_000_000_000 + index };
  }
}

/** Fills the topic `orders` with so many records of a sequence. */
export async function fillOrders(broker: Broker, count: number, config: TopicConfig = KEEP): Promise<void> {
  await broker.admin.createTopics([{ name: 'orders', partitions: PARTITIONS, config }]);
  const sequence = new OrderSequence();
  await appendOrders(broker, count, () => sequence.next());
}

/** Appends so many records to the topic `orders`. */
export async function appendOrders(broker: Broker, count: number, next: () => KeyedRow): Promise<void> {
  await fill(broker, { topic: 'orders', count }, next);
}

/** Fills the topic `customers`, one record for each. */
export async function fillCustomers(broker: Broker, config: TopicConfig = KEEP): Promise<void> {
  await broker.admin.createTopics([{ name: 'customers', partitions: PARTITIONS, config }]);
  await fill(broker, { topic: 'customers', count: CUSTOMERS }, (id) => {
    const value: Customer = { id, name: `Customer number ${id}`, country: COUNTRIES[id % COUNTRIES.length] as string };
    return { key: id, value, timestamp: 1_750_000_000_000 };
  });
}

/** Fills the topic `products`, one record for each. */
export async function fillProducts(broker: Broker, config: TopicConfig = KEEP): Promise<void> {
  await broker.admin.createTopics([{ name: 'products', partitions: PARTITIONS, config }]);
  await fill(broker, { topic: 'products', count: PRODUCTS }, (id) => {
    const value: Product = { id, name: `Product number ${id}`, cents: 100 + ((id * 7919) % 9900) };
    return { key: id, value, timestamp: 1_750_000_000_000 };
  });
}

async function fill(
  broker: Broker,
  { topic, count }: { topic: string; count: number },
  make: (index: number) => KeyedRow,
): Promise<void> {
  const producer = await broker.openProducer();
  for (let from = 0; from < count; from += BATCH_RECORDS) {
    const batches: ProducedRecord[][] = Array.from({ length: PARTITIONS }, () => []);
    for (let index = from; index < Math.min(count, from + BATCH_RECORDS); index++) {
      const { key, value, timestamp } = make(index);
      const keyBytes = Buffer.from(JSON.stringify(key));
      const record = { key: keyBytes, value: Buffer.from(JSON.stringify(value)), timestamp, headers: NO_HEADERS };
      batches[partitionForKey(keyBytes, PARTITIONS)]?.push(record);
    }
    const all = batches.map((records, partition) => ({ topic, partition, records }));
    await producer.send(all.filter(({ records }) => records.length > 0));
  }
  await producer.close();
}

/** Mulberry32: small, and the same on every machine. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
