import { setTimeout as delay } from 'node:timers/promises';
import { NO_HEADERS } from '../../src/core/headers.ts';
import { partitionForKey } from '../../src/core/murmur2.ts';
import type { Broker, ProducedRecord } from '../../src/broker/port.ts';
import { type Order, PARTITIONS } from '../streams/orders.ts';
import { ComparedApplication, type ComparePlan, type CompareSurroundings } from './compared-application.ts';

/** From when an order was made until its result was read by a consumer of committed records. */
export interface LatencyResult extends ComparePlan {
  readonly recordsPerSecond: number;
  readonly records: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const PER_SECOND = 1000;
const SECONDS = 20;
/** At the beginning, which do not count. */
const SETTLING_RECORDS = 2 * PER_SECOND;

/** Lets the application process all orders, and then measures at a steady rate. Leaves its orders in the topic. */
export async function measureLatency(on: CompareSurroundings, plan: ComparePlan): Promise<LatencyResult> {
  await using application = await ComparedApplication.create(on, plan, 'latency');
  await using started = application.start();
  await application.observer.untilCommitted(started);
  const reading = readLatencies(on.broker, application.output, PER_SECOND * SECONDS);
  await produceSteadily(on.broker, PER_SECOND * SECONDS);
  const latenciesMs = (await reading).slice(SETTLING_RECORDS).toSorted((one, other) => one - other);
  const at = (share: number): number => latenciesMs[Math.floor(latenciesMs.length * share)] as number;
  return { ...plan, recordsPerSecond: PER_SECOND, records: latenciesMs.length, p50Ms: at(0.5), p99Ms: at(0.99) };
}

/** The timestamp of a result is that of its order: when that was made. */
async function readLatencies(broker: Broker, topic: string, count: number): Promise<readonly number[]> {
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition }));
  const latenciesMs: number[] = [];
  const consumer = await broker.openConsumer();
  consumer.assign(await broker.admin.listOffsets(partitions, 'latest'));
  while (latenciesMs.length < count) {
    const { batches } = await consumer.poll({ maxWaitMs: 1000, maxBytes: 1 << 20 });
    const nowMs = Date.now();
    for (const { records } of batches) for (const { timestamp } of records) latenciesMs.push(nowMs - timestamp);
  }
  await consumer.close();
  return latenciesMs;
}

async function produceSteadily(broker: Broker, count: number): Promise<void> {
  const producer = await broker.openProducer();
  const startMs = performance.now();
  for (let sent = 0; sent < count;) {
    const due = Math.min(count, Math.ceil(((performance.now() - startMs) * PER_SECOND) / 1000));
    const batches: ProducedRecord[][] = Array.from({ length: PARTITIONS }, () => []);
    for (; sent < due; sent++) {
      const record = orderOf(sent);
      batches[partitionForKey(record.key, PARTITIONS)]?.push(record);
    }
    const filled = batches.map((records, partition) => ({ topic: 'orders', partition, records }));
    await producer.send(filled.filter(({ records }) => records.length > 0));
    await delay(1);
  }
  await producer.close();
}

/** Each has a result in every program that is measured so: it is not cancelled, and its customer is there. */
function orderOf(index: number): ProducedRecord & { readonly key: Buffer } {
  const id = 1_000_000_000 + index;
  const nowMs = Date.now();
  const createdAt = new Date(nowMs).toISOString();
  const order: Order = {
    id,
    customerId: index % 1000,
    productId: 1,
    quantity: 1,
    amount: 9.5,
    status: 'paid',
    createdAt,
  };
  const value = Buffer.from(JSON.stringify(order));
  return { key: Buffer.from(String(id)), value, timestamp: nowMs, headers: NO_HEADERS };
}
