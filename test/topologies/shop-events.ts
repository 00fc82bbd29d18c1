import { expect } from 'vitest';
import type { Broker, ConsumedRecord } from '../../src/broker/port.ts';
import { partitionForKey } from '../../src/core/murmur2.ts';
import type { Customer, Order } from '../../topologies/shop.tables.ts';
import { readTable, readTopic } from '../support/topics.ts';

const ORDERS = 'mysql.shop.orders';
const SESSION_GAP_MS = 12 * 60 * 60_000;
const SETTLED = { sizeMs: 2000, graceMs: 1000 };

/** A change of an order; null: it was deleted. */
interface OrderChange {
  readonly id: number;
  readonly row: Order | null;
  readonly record: ConsumedRecord;
}

/** Expects what topologies make of the changes of orders to be what a naive pass over those changes makes of them. */
export async function expectOrderEventsToBeTrue(broker: Broker): Promise<void> {
  const changes = (await readTopic(broker, ORDERS)).map((record) => ({
    id: JSON.parse(String(record.key)) as number,
    row: record.value === null ? null : (JSON.parse(String(record.value)) as Order),
    record,
  }));
  expect(changes.length).toBeGreaterThan(0);
  expect(Object.fromEntries(await readTable(broker, 'shop.order-sessions'))).toEqual(sessionsOf(changes));
  expect(await logOf(broker, 'shop.status-changes')).toEqual(statusChangesOf(changes));
  await expectSettledOrders(broker, changes);
  await expectOrderLog(broker, changes);
  await expectEvents(broker, changes);
}

/** The sessions of all (customer, order, placed at) that ever were, as the table of `shop.order-sessions`. */
function sessionsOf(changes: readonly OrderChange[]): Record<string, unknown> {
  const placed = new Map<number, Map<string, { id: number; at: number }>>();
  for (const { row } of changes) {
    if (row === null || row.customer_id === null) continue;
    const ofCustomer = placed.get(row.customer_id) ?? new Map<string, { id: number; at: number }>();
    ofCustomer.set(`${row.id} ${row.placed_at}`, { id: row.id, at: Date.parse(row.placed_at) });
    placed.set(row.customer_id, ofCustomer);
  }
  const sessions: Record<string, unknown> = {};
  for (const [customer, orders] of placed) {
    let session: { from: number; until: number; ids: Set<number> } | null = null;
    for (const { id, at } of [...orders.values()].toSorted((a, b) => a.at - b.at)) {
      if (session === null || at - session.until > SESSION_GAP_MS) session = { from: at, until: at, ids: new Set() };
      session.until = at;
      session.ids.add(id);
      sessions[JSON.stringify({ customer, from: new Date(session.from).toISOString() })] = {
        until: new Date(at).toISOString(),
        orders: [...session.ids].toSorted((a, b) => a - b),
      };
    }
  }
  return sessions;
}

/** By order: its statuses in their order, repetitions left out. */
function statusChangesOf(changes: readonly OrderChange[]): Record<string, unknown[]> {
  const last = new Map<number, string | null>();
  const log: Record<string, unknown[]> = {};
  for (const { id, row } of changes) {
    const from = last.get(id) ?? null;
    const to = row?.status ?? null;
    last.set(id, to);
    if (to !== null && to !== from) (log[id] ??= []).push({ from, to });
  }
  return log;
}

/** The values of each key, in their order. */
async function logOf(broker: Broker, topic: string): Promise<Record<string, unknown[]>> {
  const log: Record<string, unknown[]> = {};
  for (const { key, value } of await readTopic(broker, topic)) {
    (log[String(key)] ??= []).push(value === null ? null : JSON.parse(String(value)));
  }
  return log;
}

/** Each window that has closed, by the times of its partition alone; none twice. */
async function expectSettledOrders(broker: Broker, changes: readonly OrderChange[]): Promise<void> {
  const { sizeMs, graceMs } = SETTLED;
  const partitions = (await broker.admin.describeTopics([ORDERS])).get(ORDERS)?.partitions ?? 0;
  const streamTimes = new Map<number, number>();
  const windows = new Map<string, { partition: number; end: number; value: { status: string; changes: number } }>();
  for (const { id, row, record } of changes) {
    const { key: bytes, timestamp } = record;
    const partition = partitionForKey(bytes ?? Buffer.alloc(0), partitions);
    const streamTime = Math.max(streamTimes.get(partition) ?? 0, timestamp);
    streamTimes.set(partition, streamTime);
    const start = timestamp - (timestamp % sizeMs);
    if (start + sizeMs + graceMs <= streamTime) continue;
    const key = JSON.stringify({ order: id, from: new Date(start).toISOString() });
    const count = windows.get(key)?.value.changes ?? 0;
    const value = { status: row?.status ?? 'deleted', changes: count + 1 };
    windows.set(key, { partition, end: start + sizeMs, value });
  }
  const closed = [...windows].filter(([, { partition, end }]) => end + graceMs <= (streamTimes.get(partition) ?? 0));
  const expected = Object.fromEntries(closed.map(([key, { value }]) => [key, [value]]));
  expect(await logOf(broker, 'shop.settled-orders')).toEqual(expected);
}

/** Every insert and update is there in order, with a customer as it was at some time. */
async function expectOrderLog(broker: Broker, changes: readonly OrderChange[]): Promise<void> {
  const versions = new Map<number, Set<string | null>>();
  for (const { key, value } of await readTopic(broker, 'mysql.shop.customers')) {
    const id = JSON.parse(String(key)) as number;
    const known = versions.get(id) ?? new Set([null]);
    if (value !== null) {
      const { name, country } = JSON.parse(String(value)) as Customer;
      known.add(`${name}, ${country}`);
    }
    versions.set(id, known);
  }
  const expected: Record<string, unknown[]> = {};
  for (const { id, row } of changes) {
    if (row === null) continue;
    const { status, amount, customer_id } = row;
    (expected[id] ??= []).push({ status, amount, customer_id });
  }
  const sent = await logOf(broker, 'shop.order-log');
  const withCustomer = Object.values(sent).flat() as { customer_id: number | null; customer: string | null }[];
  for (const { customer_id, customer } of withCustomer) {
    if (customer !== null) expect([...(versions.get(customer_id ?? 0) ?? [])]).toContain(customer);
  }
  expect(withCustomer.filter(({ customer }) => customer !== null).length).toBeGreaterThan(withCustomer.length / 2);
  const withoutCustomer = Object.entries(sent).map(([id, values]) => [
    id,
    values.map((value) => {
      const { customer: _, ...rest } = value as { customer: unknown };
      return rest;
    }),
  ]);
  expect(Object.fromEntries(withoutCustomer)).toEqual(expected);
}

/** Each change is an event in the topic of what it is, in the order of its kind. */
async function expectEvents(broker: Broker, changes: readonly OrderChange[]): Promise<void> {
  for (const kind of ['new', 'paid', 'shipped', 'cancelled', 'deleted']) {
    const expected: Record<string, unknown[]> = {};
    for (const { id, row } of changes) {
      const event = row?.status ?? 'deleted';
      if (event !== kind) continue;
      const [customer, amount] = [row?.customer_id ?? null, row?.amount ?? null];
      (expected[id] ??= []).push({ event, order: id, customer, amount });
    }
    expect(await logOf(broker, `shop.events.order-${kind}`), kind).toEqual(expected);
  }
}
