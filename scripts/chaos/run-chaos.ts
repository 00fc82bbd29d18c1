import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { loadTopologies } from '../../src/cli/host/load-topologies.ts';
import { MillraceError } from '../../src/core/millrace-error.ts';
import { SeededRandom } from '../demo/seeded-random.ts';
import { ShopWorkload } from '../demo/shop-workload.ts';
import { ChaosInstance } from './chaos-instance.ts';
import { ChaosServices } from './chaos-services.ts';
import { type Disturbance, planDisturbances } from './disturbances.ts';
import { untilDrained } from './until-drained.ts';
import { verifyOutputs } from './verify-outputs.ts';

/** How much is disturbed, and what is held against what. */
export interface ChaosOptions {
  readonly rounds: number;
  readonly guarantee: 'exactly_once' | 'at_least_once';
  readonly seed: number;
  /** Where all data and logs go; the caller's to remove. */
  readonly directory: string;
  readonly changesPerSecond: number;
  readonly say: (line: string) => void;
}

/** What came of it. */
export interface ChaosResult {
  /** Rows that the writer changed in MySQL. */
  readonly changedRows: number;
  /** Everything that was not as it must be; none is success. */
  readonly defects: readonly string[];
}

const INSTANCES = 3;
const SESSION_TIMEOUT_MS = 4000;
// A machine that is busy with other things takes long to start three processes with six threads.
const RUNNING_TIMEOUT_MS = 300_000;
/** More than these are no chaos any more, but a program that does not run. */
const MAX_DEFECTS = 20;
const STUCK_MS = 120_000;
const TOPOLOGY_FILES: readonly string[] = [
  'topologies/02-enriched-orders.ts',
  'topologies/03-revenue-by-country.ts',
  'scripts/chaos/topologies/order-changes.ts',
];

/**
 * Runs three instances of two threads each on a real broker and a real MySQL server that is written to all the time, kills,
 * freezes and restarts them and the broker, and compares at the end what came out with MySQL's own SELECT. The same seed
 * disturbs in the same order; when a disturbance meets what is for the machine to say.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  await mkdir(options.directory, { recursive: true });
  await using services = await ChaosServices.start(join(options.directory, 'services'), options.seed);
  const chaos = new Chaos(options, services);
  return await chaos.run();
}

class Chaos {
  readonly #options: ChaosOptions;
  readonly #services: ChaosServices;
  readonly #instances: readonly ChaosInstance[];
  readonly #defects: string[] = [];
  readonly #startedAt = performance.now();

  constructor(options: ChaosOptions, services: ChaosServices) {
    this.#options = options;
    this.#services = services;
    this.#instances = Array.from({ length: INSTANCES }, (_, index) => {
      const name = `instance-${index + 1}`;
      return new ChaosInstance({
        name,
        dataDirectory: join(options.directory, name),
        topologyFiles: TOPOLOGY_FILES,
        args: this.#instanceArguments(),
        onUnexpectedEnd: (what) => this.#defect(what),
      });
    });
  }

  async run(): Promise<ChaosResult> {
    const { seed, rounds, changesPerSecond } = this.#options;
    const random = new SeededRandom(seed);
    const plan = planDisturbances(random, { rounds, instances: INSTANCES, sessionTimeoutMs: SESSION_TIMEOUT_MS });
    const writer = await this.#services.connect();
    const workload = new ShopWorkload({ connection: writer, seed, changesPerSecond });
    const writing = new AbortController();
    const written = workload.run(writing.signal);
    try {
      for (const instance of this.#instances) instance.start();
      await this.#untilRunning();
      for (const [round, disturbance] of plan.entries()) {
        this.#say(`${round + 1}/${rounds} ${describe(disturbance)}; ${workload.changedRows} rows written`);
        await this.#disturb(disturbance);
        // At times the next comes while the last one is still being dealt with.
        if (random.percent(60)) await this.#untilRunning();
        await delay(random.between(0, 3000));
      }
      writing.abort();
      await written;
      await this.#finish();
    } finally {
      writing.abort();
      await Promise.all(this.#instances.map((instance) => instance.kill()));
      await written.catch((error: unknown) => this.#defect(`the writer: ${String(error)}`));
      writer.destroy();
    }
    return { changedRows: workload.changedRows, defects: this.#defects };
  }

  async #disturb(disturbance: Disturbance): Promise<void> {
    // One that ended by itself is a defect, and no reason to look at no more.
    for (const instance of this.#instances) instance.start();
    if (disturbance.kind === 'rolling restart') return this.#rollingRestart();
    if (disturbance.kind === 'kill the broker') return this.#killBroker(disturbance.downMs);
    const instance = this.#instances[disturbance.instance] as ChaosInstance;
    if (disturbance.kind === 'kill') {
      await instance.kill();
      await delay(disturbance.downMs);
      return instance.start();
    }
    instance.signal('SIGSTOP');
    await delay(disturbance.frozenMs);
    instance.signal('SIGCONT');
  }

  async #rollingRestart(): Promise<void> {
    for (const instance of this.#instances) {
      await this.#untilRunning();
      await this.#stop(instance);
      instance.start();
    }
  }

  async #killBroker(downMs: number): Promise<void> {
    const [broker] = this.#services.kafka.brokers;
    await broker?.kill();
    await delay(downMs);
    broker?.start();
    await this.#services.kafka.ready();
  }

  async #finish(): Promise<void> {
    const { broker, connection } = this.#services;
    const { guarantee } = this.#options;
    this.#say('waiting for everything to come to rest');
    for (const instance of this.#instances) instance.start();
    const topologies = await loadTopologies(TOPOLOGY_FILES);
    const drain = { broker, connection, topicPrefix: 'mysql', topologies, stuckMs: STUCK_MS };
    await untilDrained(drain).catch((error: unknown) => this.#defect(String(error)));
    this.#say('comparing');
    for (const defect of await verifyOutputs({ broker, connection, guarantee })) this.#defect(defect);
    for (const instance of this.#instances) await this.#stop(instance);
  }

  async #stop(instance: ChaosInstance): Promise<void> {
    const ended = await instance.stop();
    if (ended !== 0) this.#defect(`${instance.name} ended with ${ended} after SIGTERM`);
  }

  async #untilRunning(): Promise<void> {
    const deadline = performance.now() + RUNNING_TIMEOUT_MS;
    while (!this.#instances.every(({ isRunning }) => isRunning)) {
      if (this.#defects.length > MAX_DEFECTS)
        throw new MillraceError('INTERNAL', `Expected instances to go on, got ${this.#defects.length} defects`);
      if (performance.now() > deadline) {
        const late = this.#instances.filter(({ isRunning }) => !isRunning).map(({ name }) => name);
        return this.#defect(`not running after ${RUNNING_TIMEOUT_MS} ms: ${late.join(', ')}`);
      }
      await delay(50);
      for (const instance of this.#instances) instance.start();
    }
  }

  #instanceArguments(): readonly string[] {
    const { kafka, mysqlUrl } = this.#services;
    const heartbeatMs = Math.floor(SESSION_TIMEOUT_MS / 4);
    return [
      ...['--kafka', kafka.bootstrap(), '--mysql', mysqlUrl, '--threads', '2', '--partitions', '6'],
      ...['--processing-guarantee', this.#options.guarantee],
      ...['--session-timeout', `${SESSION_TIMEOUT_MS}ms`, '--heartbeat-interval', `${heartbeatMs}ms`],
      ...['--store-memory', '64MiB'],
    ];
  }

  #defect(what: string): void {
    this.#defects.push(what);
    this.#say(`DEFECT ${what}`);
  }

  #say(line: string): void {
    this.#options.say(`${((performance.now() - this.#startedAt) / 1000).toFixed(1).padStart(6)} s  ${line}`);
  }
}

function describe(disturbance: Disturbance): string {
  const { kind } = disturbance;
  if (kind === 'rolling restart') return kind;
  if (kind === 'kill the broker') return `${kind}, back after ${disturbance.downMs} ms`;
  const name = `instance-${disturbance.instance + 1}`;
  return kind === 'kill'
    ? `kill ${name}, back after ${disturbance.downMs} ms`
    : `freeze ${name} for ${disturbance.frozenMs} ms`;
}
