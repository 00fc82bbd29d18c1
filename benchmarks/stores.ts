/**
 * What the state stores do per second: `npm run bench:stores -- [keys] [puts]`.
 *
 * get+put: a count by key as an aggregation does it, zipf keys, a commit every 10,000 puts that overlaps with processing.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Datum } from '../src/serde/datum.ts';
import type { Serde } from '../src/serde/serde.ts';
import type { StoreBackend } from '../src/store/engine.ts';
import { BufferedStore, type ChangelogRecord } from '../src/store/layers/buffered-store.ts';
import { levelDbBackend } from '../src/store/leveldb/leveldb-backend.ts';
import { memoryBackend } from '../src/store/memory/memory-backend.ts';
import type { StoreSpec } from '../src/store/store.ts';

const KEYS = Number(process.argv[2] ?? 1_000_000);
const PUTS = Number(process.argv[3] ?? 1_000_000);
const COMMIT_EVERY = 10_000;
const RESTORE_BATCH = 5_000;
const SCANS = 20_000;
const ROWS_PER_PREFIX = 100;

interface Row {
  readonly count: number;
  readonly filler: string;
}

const keySerde: Serde<string> = { name: 'string', serialize: (v) => Buffer.from(v), deserialize: (b) => b.toString() };
const valueSerde: Serde<Row> = {
  name: 'json',
  serialize: (v) => Buffer.from(JSON.stringify(v)),
  deserialize: (b) => JSON.parse(b.toString()) as Row,
};
const filler = 'x'.repeat(80);

for (const backend of [memoryBackend(), levelDbBackend()]) await measure(backend);

async function measure(backend: StoreBackend): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
  try {
    const plain = await open(backend, join(directory, 'plain'), false);
    const restored = await timed(() => restore(plain));
    report(`${backend.name}: bulk restore`, KEYS, restored);
    await aggregate(plain, PUTS / 5);
    report(`${backend.name}: get+put, zipf`, PUTS, await timed(() => aggregate(plain, PUTS)));
    report(`${backend.name}: get of random keys`, PUTS / 4, await timed(async () => readRandomly(plain, PUTS / 4)));
    await plain.close();
    const scanned = await open(backend, join(directory, 'scanned'), true);
    await restore(scanned);
    await scan(scanned, 100);
    report(`${backend.name}: scan of ${ROWS_PER_PREFIX} by prefix`, SCANS, await timed(() => scan(scanned, SCANS)));
    report(`${backend.name}: put, ordered buffer, zipf`, PUTS, await timed(() => aggregate(scanned, PUTS)));
    await scanned.close();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function open(backend: StoreBackend, directory: string, scans: boolean): Promise<BufferedStore<string, Row>> {
  const storage = backend.persistent ? 'persistent' : 'memory';
  const spec: StoreSpec<string, Row> = {
    kind: 'key-value',
    name: 'bench',
    keySerde,
    valueSerde,
    storage,
    scans,
    logged: true,
  };
  return new BufferedStore(spec, await backend.open(directory));
}

async function restore(store: BufferedStore<string, Row>): Promise<void> {
  const value = valueSerde.serialize({ count: 0, filler });
  for (let at = 0; at < KEYS; at += RESTORE_BATCH) {
    const records: ChangelogRecord[] = [];
    for (let index = at; index < Math.min(at + RESTORE_BATCH, KEYS); index++) {
      records.push({ key: keySerde.serialize(keyOf(scatter(index))), value, timestamp: index });
    }
    await store.restore(records, at);
  }
}

async function aggregate(store: BufferedStore<string, Row>, puts: number): Promise<void> {
  const next = zipf(KEYS);
  let flushing: Promise<void> = Promise.resolve();
  for (let index = 1; index <= puts; index++) {
    const key = Datum.ofBytes(Buffer.from(keyOf(next())), keySerde);
    const count = (store.get(key)?.datum.value.count ?? 0) + 1;
    store.put(key, Datum.ofValue({ count, filler }), index);
    if (index % COMMIT_EVERY !== 0) continue;
    await flushing;
    store.seal();
    flushing = store.flush(index);
  }
  await flushing;
}

function readRandomly(store: BufferedStore<string, Row>, gets: number): void {
  for (let index = 0; index < gets; index++) {
    if (store.get(Datum.ofValue(keyOf(Math.floor(Math.random() * KEYS)))) === null) throw new Error('lost a key');
  }
}

async function scan(store: BufferedStore<string, Row>, scans: number): Promise<void> {
  for (let index = 0; index < scans; index++) {
    const group = Math.floor((Math.random() * KEYS) / ROWS_PER_PREFIX) * ROWS_PER_PREFIX;
    const cursor = store.scanPrefix(Buffer.from(keyOf(group).slice(0, -2)));
    let rows = 0;
    for (;;) {
      const pending = cursor.next();
      const batch = pending instanceof Promise ? await pending : pending;
      if (batch.length === 0) break;
      rows += batch.length;
    }
    if (rows !== ROWS_PER_PREFIX) throw new Error(`expected ${ROWS_PER_PREFIX} rows, got ${rows}`);
  }
}

function keyOf(index: number): string {
  return `customer-${String(index).padStart(11, '0')}`;
}

/** Spreads neighbouring numbers over all keys: restores do not come in key order. */
function scatter(index: number): number {
  return (index * 7_368_787) % KEYS;
}

/** Numbers below n, the first ones far more often than the last (exponent 0.99, as YCSB draws them), scattered. */
function zipf(n: number): () => number {
  const exponent = 0.99;
  let sum = 0;
  for (let rank = 1; rank <= n; rank++) sum += 1 / rank ** exponent;
  const alpha = 1 / (1 - exponent);
  const eta = (1 - (2 / n) ** (1 - exponent)) / (1 - (1 + 0.5 ** exponent) / sum);
  return () => {
    const u = Math.random();
    if (u * sum < 1) return scatter(0);
    if (u * sum < 1 + 0.5 ** exponent) return scatter(1);
    return scatter(Math.min(n - 1, Math.floor(n * (eta * u - eta + 1) ** alpha)));
  };
}

interface Spent {
  readonly ms: number;
  readonly cpuMs: number;
}

async function timed(run: () => Promise<void>): Promise<Spent> {
  const start = performance.now();
  const cpuStart = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(cpuStart);
  return { ms: performance.now() - start, cpuMs: (user + system) / 1000 };
}

/** CPU counts all threads, the engine's compactions too; it is steadier than the rate on a busy machine. */
function report(what: string, operations: number, { ms, cpuMs }: Spent): void {
  const perSecond = Math.round((operations * 1000) / ms).toLocaleString('en');
  const cpu = ((cpuMs * 1000) / operations).toFixed(1);
  const megabytes = Math.round(process.memoryUsage().rss / 1024 / 1024);
  console.log(`${what.padEnd(36)} ${perSecond.padStart(10)}/s ${cpu.padStart(8)} µs CPU   rss ${megabytes} MB`);
}
