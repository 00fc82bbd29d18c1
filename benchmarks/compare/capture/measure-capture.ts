import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, createConnection } from 'mysql2/promise';
import type { MySqlServer } from '../../../scripts/services/mysql-server.ts';
import { insertOrders, orderRow } from '../../mysql/orders-table.ts';
import { PARTITIONS } from '../../streams/orders.ts';
import type { CompareSurroundings } from '../compared-application.ts';
import { MeasuredProcess } from '../measured-process.ts';
import { captureCommandOf, type CapturePeer } from './capture-peers.ts';
import type { CaptureLatency, CaptureResult, CaptureRun } from './capture-results.ts';
import { changeOrders, createOrdersTable } from './changed-table.ts';
import { TopicReader } from './topic-reader.ts';

/** How much is captured by whom. */
export interface CaptureMeasurement {
  readonly peer: CapturePeer;
  readonly round: number;
  readonly rows: number;
  /** Of the Java peer. */
  readonly classPath: string;
  readonly mysql: MySqlServer;
}

const LATENCY_RATES = [200, 1000];
const LATENCY_SECONDS = 10;

/** Snapshot of a table; catch-up of as many changes, made while nobody captured; latency of single commits. */
export async function measureCapture(on: CompareSurroundings, measured: CaptureMeasurement): Promise<CaptureResult> {
  const { peer, round, rows, mysql } = measured;
  const topicPrefix = `${peer}-${round}`;
  const directory = join(on.directory, `capture-${topicPrefix}`);
  const plan = {
    mysql,
    bootstrap: on.bootstrap,
    table: 'bench.orders',
    topicPrefix,
    partitions: PARTITIONS,
    directory,
  };
  const start = async (): Promise<MeasuredProcess> =>
    new MeasuredProcess(await captureCommandOf(peer, plan, measured.classPath), `${directory}.log`);
  const connection = await createConnection({ uri: mysql.url, multipleStatements: true });
  const reader = new TopicReader(on.broker, `${topicPrefix}.bench.orders`);
  try {
    await createOrdersTable(connection);
    await insertOrders(connection, { table: 'bench.orders', from: 0, count: rows });
    const snapshot = await takeSnapshot(await start(), reader, rows);
    const changes = await changeOrders(connection, rows);
    await using capturing = await start();
    const catchUp = await captured(capturing, reader, changes);
    const latencies: CaptureLatency[] = [];
    for (const [index, rate] of LATENCY_RATES.entries())
      latencies.push(await latency({ connection, capturing, reader }, { rate, from: 1_000_000_000 * (index + 1) }));
    await capturing.stop();
    return { peer, round, snapshot, catchUp, latencies };
  } finally {
    await reader.close();
    await connection.end();
  }
}

/** Waits until so many more records are there. */
async function captured(process: MeasuredProcess, reader: TopicReader, records: number): Promise<CaptureRun> {
  await reader.untilRead(reader.records + records, process);
  const seconds = (performance.now() - process.launchedMs) / 1000;
  const { cpuMicros, peakBytes } = process.usage();
  return { records, seconds, perSecond: records / seconds, cpuMicrosPerRecord: cpuMicros / records, peakBytes };
}

async function takeSnapshot(process: MeasuredProcess, reader: TopicReader, rows: number): Promise<CaptureRun> {
  await using snapshotting = process;
  const run = await captured(snapshotting, reader, rows);
  await snapshotting.stop();
  return run;
}

interface Capturing {
  readonly connection: Connection;
  readonly capturing: MeasuredProcess;
  readonly reader: TopicReader;
}

async function latency(
  { connection, capturing, reader }: Capturing,
  { rate, from }: { rate: number; from: number },
): Promise<CaptureLatency> {
  const count = rate * LATENCY_SECONDS;
  const committedMs = new Map<number, number>();
  const readMs = new Map<number, number>();
  const reading = reader.untilRead(reader.records + count, capturing, ({ key }) => {
    readMs.set(Number(/\d+/.exec(String(key))?.[0]), performance.now());
  });
  const startMs = performance.now();
  for (let index = 0; index < count; index++) {
    const earlyMs = startMs + (index * 1000) / rate - performance.now();
    if (earlyMs > 0) await delay(earlyMs);
    await connection.query(`INSERT INTO bench.orders VALUES ${orderRow(from + index)}`);
    committedMs.set(from + index, performance.now());
  }
  await reading;
  // A change may be read before the server has told of its commit.
  const latenciesMs = [...committedMs].map(([id, atMs]) => Math.max(0, (readMs.get(id) ?? Number.NaN) - atMs));
  latenciesMs.sort((one, other) => one - other);
  const at = (share: number): number => latenciesMs[Math.floor(count * share)] as number;
  return { changesPerSecond: rate, records: count, p50Ms: at(0.5), p99Ms: at(0.99) };
}
