import { FetchedRecords } from '../../src/broker/kafka/fetched-records.ts';
import { identifyBatch, RecordBatchBuilder } from '../../src/broker/kafka/record-batch-builder.ts';
import { NO_HEADERS } from '../../src/core/headers.ts';
import { Datum } from '../../src/serde/datum.ts';
import { json } from '../../src/serde/json-serde.ts';
import { BufferedStore } from '../../src/store/layers/buffered-store.ts';
import { MemoryEngine } from '../../src/store/memory/memory-engine.ts';
import { binlogRows } from './binlog-rows.ts';
import { operatorChain } from './operator-chain.ts';

const RECORDS = 1000;
const rows = Array.from({ length: RECORDS }, (_, id) => ({
  ...{ id, customerId: id * 7, productId: id * 3, quantity: 3, amount: id / 100 },
  ...{ status: 'shipped', createdAt: '2025-10-09T08:53:20.000Z' },
}));
const serde = json<(typeof rows)[number]>();
const keys = json<number>();
const records = rows.map((row) => ({
  ...{ key: keys.serialize(row.id), value: serde.serialize(row), timestamp: 1_760_000_000_000 + row.id },
  headers: NO_HEADERS,
}));
const batch = encode();
const store = new BufferedStore<number, (typeof rows)[number]>(
  {
    ...{ kind: 'key-value', name: 'guard', keySerde: keys, valueSerde: serde },
    ...{ storage: 'memory', scans: false, logged: false },
  },
  new MemoryEngine(),
);

/** What a step costs that touches 1000 records, by name; each runs by itself and leaves nothing behind that grows. */
export const microBenchmarks: ReadonlyMap<string, () => unknown> = new Map([
  ['operator chain', operatorChain(records)],
  ['JSON read', () => records.map(({ value }) => serde.deserialize(value))],
  ['JSON written', () => rows.map((row) => serde.serialize(row))],
  ['record batch encoded', encode],
  ['record batch decoded', () => new FetchedRecords({ bytes: batch, aborted: [], fromOffset: 0 }).take(1 << 30)],
  ['store get and put', getAndPut],
  ['binlog row', await binlogRows(RECORDS)],
]);

/** What a machine does with numbers alone: arithmetic on integers over an array that stays in its cache. */
export function calibrate(): number {
  const cells = new Uint32Array(1024);
  let state = 1;
  for (let index = 0; index < 50_000; index++) {
    state = Math.imul(state ^ (state >>> 15), 1 | state) + (cells[index & 1023] as number);
    cells[(state >>> 8) & 1023] = state;
  }
  return state;
}

function encode(): Buffer {
  const builder = new RecordBatchBuilder(1 << 20);
  for (const each of records) builder.append(each);
  const built = builder.build('none');
  identifyBatch(built, { producerId: -1, producerEpoch: -1, sequence: -1, transactional: false });
  return built;
}

function getAndPut(): void {
  for (const { key, timestamp } of records) {
    const datum = Datum.ofBytes(key, keys);
    const row = store.get(datum)?.datum.value ?? (rows[0] as (typeof rows)[number]);
    store.put(datum, Datum.ofValue(row), timestamp);
  }
}
