// The count topology on Kafka: throughput by threads and processes, and the restart after SIGKILL with much state.
//
//   npm run bench:instances -- [--orders 1000000] [--rounds 3] [--rows 1000000] [--guarantee exactly_once]

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { recordsBehind } from '../scripts/chaos/records-behind.ts';
import { startKafkaServer } from '../scripts/services/kafka-server.ts';
import { KafkaBroker } from '../src/broker/kafka/kafka-broker.ts';
import type { CountingOptions } from './kafka/counting-messages.ts';
import { CountingProcess } from './kafka/counting-process.ts';
import { measureRestart } from './kafka/measure-restart.ts';
import { median } from './statistics/median.ts';
import { fillOrders, PARTITIONS } from './streams/orders.ts';
import { programs } from './streams/programs.ts';

const LOOK_MS = 20;

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    rows: { type: 'string', default: '1000000' },
    guarantee: { type: 'string', default: 'exactly_once' },
  },
});

const orders = Number(values.orders);
const directory = await mkdtemp(join(tmpdir(), 'millrace-benchmark-'));
const server = await startKafkaServer({
  dataDirectory: join(directory, 'kafka'),
  javaOptions: [],
  settings: { 'group.min.session.timeout.ms': '1000' },
});
const bootstrap = server.bootstrap();
const [host = '', port] = bootstrap.split(':');
const broker = await KafkaBroker.connect({ brokers: [{ host, port: Number(port) }], clientId: 'benchmark' });
try {
  if (orders > 0) await measureScale();
  if (Number(values.rows) > 0) await measureRestarts();
} finally {
  await broker.close();
  await server.stop();
  await rm(directory, { recursive: true, force: true });
}

/** The kinds take turns, so that what else the machine does meets all of them. */
async function measureScale(): Promise<void> {
  await fillOrders(broker, orders);
  const kinds = [
    { title: '1 process, 1 thread', processes: 1, threads: 1 },
    { title: '1 process, 2 threads', processes: 1, threads: 2 },
    { title: '2 processes, 1 thread each', processes: 2, threads: 1 },
  ];
  const rates = new Map<string, number[]>(kinds.map(({ title }) => [title, []]));
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const [index, kind] of kinds.entries()) {
      const seconds = await count(`scale-${round}-${index}`, kind);
      rates.get(kind.title)?.push(orders / seconds);
    }
  }
  for (const [title, runs] of rates) {
    const each = runs.map((rate) => Math.round(rate).toLocaleString('en')).join(', ');
    console.log(`${title}: ${Math.round(median(runs)).toLocaleString('en')} records/s (runs: ${each})`);
  }
}

/** Seconds from when all instances, having their tasks, are let go, until everything is committed. */
async function count(application: string, { processes, threads }: { processes: number; threads: number }) {
  const instances = Array.from({ length: processes }, (_, index) => {
    const stateDirectory = join(directory, application, String(index));
    const guarantee = values.guarantee as CountingOptions['guarantee'];
    const given = { bootstrap, application, stateDirectory, guarantee, threads, instanceId: null };
    return new CountingProcess({ ...given, partitions: PARTITIONS, paused: true });
  });
  try {
    await Promise.all(instances.map((instance) => instance.said('running')));
    // Until the tasks are shared out.
    await delay(3000);
    const topology = (programs['b'] as (typeof programs)[string]).create(application);
    const startMs = performance.now();
    for (const instance of instances) instance.resume();
    while ((await recordsBehind(broker, topology)) > 0) await delay(LOOK_MS);
    return (performance.now() - startMs) / 1000;
  } finally {
    await Promise.all(instances.map((instance) => instance.kill()));
  }
}

async function measureRestarts(): Promise<void> {
  await broker.admin.deleteTopics(['orders']).catch(() => undefined);
  for (const guarantee of ['exactly_once', 'at_least_once'] as const) {
    const rows = Number(values.rows);
    const result = await measureRestart({ broker, bootstrap, directory, rows, guarantee });
    const { runningMs, processingMs, restored, written, counted } = result;
    console.log(
      `${guarantee}, ${rows.toLocaleString('en')} rows: running after ${(runningMs / 1000).toFixed(1)} s, processing after ` +
        `${(processingMs / 1000).toFixed(1)} s, ${restored} records replayed; ${written} written, ${counted} counted`,
    );
  }
}
