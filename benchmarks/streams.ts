// Runs the programs of `streams/programs.ts` over 1,000,000 orders on the embedded broker, on disk.
//
//   npm run bench:streams -- [--programs a,b,d] [--orders 1000000] [--rounds 3] [--guarantee exactly_once]
//     [--record-cache 0] [--optimization none] [--cleanup-policy delete]

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EmbeddedBroker } from '../src/broker/embedded/embedded-broker.ts';
import type { Broker, TopicConfig } from '../src/broker/port.ts';
import { Application } from '../src/runtime/application.ts';
import { levelDbBackend } from '../src/store/leveldb/leveldb-backend.ts';
import { optimize } from '../src/topology/optimizer/optimize.ts';
import { memoryBackend } from '../src/store/memory/memory-backend.ts';
import { median } from './statistics/median.ts';
import { fillCustomers, fillOrders, PARTITIONS } from './streams/orders.ts';
import { programs } from './streams/programs.ts';

/** The policy of topics that can be changelogs of their tables. */
const COMPACTED: TopicConfig = { 'cleanup.policy': 'compact' };
/** How often the end of a run is looked for. */
const LAG_POLL_MS = 20;

const { values } = parseArgs({
  options: {
    programs: { type: 'string', default: 'a,b,d' },
    orders: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    guarantee: { type: 'string', default: 'exactly_once' },
    optimization: { type: 'string', default: 'none' },
    'cleanup-policy': { type: 'string', default: 'delete' },
    'record-cache': { type: 'string', default: '0' },
  },
});

const orders = Number(values.orders);
const directory = await mkdtemp(join(tmpdir(), 'millrace-benchmark-'));
const broker = await EmbeddedBroker.open({ directory: join(directory, 'broker') });
try {
  const topicConfig = values['cleanup-policy'] === 'compact' ? COMPACTED : undefined;
  await fillOrders(broker, orders, topicConfig);
  await fillCustomers(broker, topicConfig);
  for (const letter of values.programs.split(',')) await measure(letter);
} finally {
  await broker.close();
  await rm(directory, { recursive: true, force: true });
}

async function measure(letter: string): Promise<void> {
  const program = programs[letter];
  if (program === undefined) throw new Error(`unknown program "${letter}"`);
  const runs: Run[] = [];
  for (let round = 1; round <= Number(values.rounds); round++)
    runs.push(await run(broker, `${letter}-${round}`, letter));
  const rate = median(runs.map((each) => orders / each.seconds));
  const cpu = median(runs.map((each) => each.cpuMicros / orders));
  console.log(
    `(${letter}) ${program.title}: ${Math.round(rate).toLocaleString('en')} records/s, ${cpu.toFixed(1)} µs CPU/record ` +
      `(runs: ${runs.map((each) => Math.round(orders / each.seconds).toLocaleString('en')).join(', ')}; ` +
      `${runs.at(-1)?.commits} commits, peak ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB)`,
  );
}

interface Run {
  readonly seconds: number;
  readonly cpuMicros: number;
  readonly commits: number;
}

/** From before the start until everything is committed. */
async function run(on: Broker, name: string, letter: string): Promise<Run> {
  const application = new Application({
    topology: optimize(
      (programs[letter] as (typeof programs)[string]).create(name),
      values.optimization as 'none' | 'all',
    ),
    broker: on,
    storeBackend: levelDbBackend(),
    memoryBackend: memoryBackend(),
    config: {
      stateDirectory: join(directory, 'state'),
      processingGuarantee: values.guarantee as 'exactly_once' | 'at_least_once',
      partitions: PARTITIONS,
      recordCacheBytes: Number(values['record-cache']),
    },
  });
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  await application.start();
  while ((await application.lag()) > 0) {
    await Promise.race([new Promise((resolve) => setTimeout(resolve, LAG_POLL_MS)), application.finished]);
  }
  const seconds = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(startCpu);
  const { commits } = application.metrics();
  await application.close();
  return { seconds, cpuMicros: user + system, commits };
}
