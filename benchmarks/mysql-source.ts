// What capturing a row costs: the snapshot of a table, and catching up with the binlog of the same rows, into the embedded
// broker in memory. Run: npm run bench:mysql -- [rows]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection, type Connection } from 'mysql2/promise';
import { startMySqlServer } from '../scripts/services/mysql-server.ts';
import { EmbeddedBroker } from '../src/broker/embedded/embedded-broker.ts';
import { MySqlSource } from '../src/mysql/source/mysql-source.ts';
import { insertOrders, orderRow, ORDERS_COLUMNS } from './mysql/orders-table.ts';

const DEFAULT_ROWS = 300_000;
const ROWS_PER_STATEMENT = 1000;

interface Measurement {
  readonly what: string;
  readonly rows: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

const rows = Number(process.argv[2] ?? DEFAULT_ROWS);
const dataDirectory = await mkdtemp(join(tmpdir(), 'millrace-benchmark-'));
const server = await startMySqlServer({ dataDirectory });
try {
  const connection = await createConnection({ uri: server.url, multipleStatements: true });
  await connection.query(
    `CREATE DATABASE bench; CREATE TABLE bench.orders (${ORDERS_COLUMNS}); CREATE TABLE bench.singles LIKE bench.orders`,
  );
  const streaming = await openCapture('orders', 'stream');
  await streaming.caughtUp(0);
  await streaming.close(false);
  await insertOrders(connection, { table: 'bench.orders', from: 0, count: rows });
  report(
    await measure('binlog, 1000 rows a transaction', rows, () => openCapture('orders', 'stream', streaming.broker)),
  );
  report(await measure('snapshot', rows, () => openCapture('orders', 'snapshot')));
  const single = await openCapture('singles', 'single');
  await single.caughtUp(0);
  await single.close(false);
  const transactions = Math.ceil(rows / 10);
  await insertSingly(connection, transactions);
  report(
    await measure('binlog, 1 row a transaction', transactions, () => openCapture('singles', 'single', single.broker)),
  );
  await connection.end();
} finally {
  await server.kill();
  await rm(dataDirectory, { recursive: true, force: true });
}

interface RunningCapture {
  readonly broker: EmbeddedBroker;
  caughtUp(rowCount: number): Promise<void>;
  close(closeBroker: boolean): Promise<void>;
}

async function openCapture(table: string, topicPrefix: string, given?: EmbeddedBroker): Promise<RunningCapture> {
  const broker = given ?? (await EmbeddedBroker.inMemory());
  const tables = [{ database: 'bench', table }];
  const source = new MySqlSource({ broker, url: server.url, topicPrefix, tables, partitions: 4, bigint: 'error' });
  await source.start();
  return {
    broker,
    async caughtUp(rowCount) {
      const isThere = () => source.status().state === 'streaming' && source.status().rowsEmitted >= rowCount;
      while (!isThere()) await Promise.race([new Promise((resolve) => setTimeout(resolve, 5)), source.finished]);
    },
    async close(closeBroker) {
      await source.stop();
      if (closeBroker) await broker.close();
    },
  };
}

async function measure(what: string, rowCount: number, open: () => Promise<RunningCapture>): Promise<Measurement> {
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  const capture = await open();
  await capture.caughtUp(rowCount);
  const cpu = process.cpuUsage(startCpu);
  const seconds = (performance.now() - startMs) / 1000;
  await capture.close(true);
  return { what, rows: rowCount, seconds, cpuSeconds: (cpu.user + cpu.system) / 1e6 };
}

function report({ what, rows: count, seconds, cpuSeconds }: Measurement): void {
  const perSecond = Math.round(count / seconds).toLocaleString('en');
  const microseconds = ((cpuSeconds / count) * 1e6).toFixed(1);
  console.log(`${what}: ${count.toLocaleString('en')} rows, ${perSecond} rows/s, ${microseconds} µs CPU a row`);
}

async function insertSingly(connection: Connection, count: number): Promise<void> {
  for (let first = 0; first < count; first += ROWS_PER_STATEMENT) {
    const ids = Array.from({ length: Math.min(ROWS_PER_STATEMENT, count - first) }, (_, index) => first + index);
    await connection.query(ids.map((id) => `INSERT INTO bench.singles VALUES ${orderRow(id)}`).join(';'));
  }
}
