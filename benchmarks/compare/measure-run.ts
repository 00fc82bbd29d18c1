import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import type { Broker } from '../../src/broker/port.ts';
import { PARTITIONS } from '../streams/orders.ts';
import { type MeasuredProgram, programs } from '../streams/programs.ts';
import { MeasuredProcess } from './measured-process.ts';
import { digestOutputs } from './output-digest.ts';
import { commandOf, type Guarantee, type Peer } from './peers.ts';
import { ProgressObserver, type ProgressSample } from './progress-observer.ts';

/** What runs are made on. */
export interface RunSurroundings {
  readonly broker: Broker;
  /** `host:port`. */
  readonly bootstrap: string;
  /** For state and logs. */
  readonly directory: string;
  /** Of the Java peer. */
  readonly classPath: string;
  /** How many there are in the topic. */
  readonly orders: number;
}

/** What is run. */
export interface RunPlan {
  readonly scenario: string;
  readonly peer: Peer;
  readonly guarantee: Guarantee;
  readonly threads: number;
  readonly round: number;
}

/** What a run came to. Rates are of orders. */
export interface RunResult extends RunPlan {
  readonly orders: number;
  /** From the launch of the process until everything was committed. */
  readonly seconds: number;
  readonly perSecond: number;
  readonly perSecondFromFirstOutput: number;
  /** Of the second half of what there was to commit. */
  readonly warmPerSecond: number;
  readonly cpuMicrosPerRecord: number;
  readonly warmCpuMicrosPerRecord: number;
  readonly peakBytes: number;
  readonly outputs: number;
  readonly digest: string;
}

/** Runs a program over all orders, in a process of its own with no state, and removes all that it left. */
export async function measureRun(on: RunSurroundings, plan: RunPlan): Promise<RunResult> {
  const application = applicationOf(plan);
  const program = programs[plan.scenario] as MeasuredProgram;
  const topic = `${application}-output`;
  await createOutput(on.broker, topic);
  const observer = new ProgressObserver(on.broker, { application, inputs: program.inputs });
  const stateDirectory = join(on.directory, application);
  try {
    const command = commandOf(
      plan.peer,
      { ...plan, bootstrap: on.bootstrap, application, stateDirectory },
      on.classPath,
    );
    await using started = new MeasuredProcess(command, `${stateDirectory}.log`);
    const samples = await observer.untilCommitted(started);
    const { peakBytes } = started.usage();
    await started.stop();
    const { entries, digest } = await digestOutputs(on.broker, {
      topic,
      partitions: PARTITIONS,
      outputs: program.outputs,
    });
    const figures = figuresOf(samples, { orders: on.orders, launchedMs: started.launchedMs });
    return { ...plan, orders: on.orders, ...figures, peakBytes, outputs: entries, digest };
  } finally {
    await on.broker.admin.deleteTopics([topic, ...(await observer.internalTopics())]);
    await rm(stateDirectory, { recursive: true, force: true });
  }
}

/** The name of a run's application: its own, so that nothing of another run is found. */
function applicationOf({ scenario, peer, guarantee, threads, round }: RunPlan): string {
  return `compare-${scenario}-${peer}-${guarantee.replaceAll('_', '-')}-${threads}-${round}`;
}

/** Makes the topic that a program writes to; records of any age stay. */
async function createOutput(broker: Broker, topic: string): Promise<void> {
  await broker.admin.createTopics([{ name: topic, partitions: PARTITIONS, config: { 'retention.ms': -1 } }]);
}

function figuresOf(samples: readonly ProgressSample[], { orders, launchedMs }: { orders: number; launchedMs: number }) {
  const last = samples.at(-1) as ProgressSample;
  const first = samples.find(({ outputs }) => outputs > 0) ?? last;
  const half = samples.find(({ committed }) => committed >= last.committed / 2) ?? last;
  const seconds = (last.atMs - launchedMs) / 1000;
  return {
    seconds,
    perSecond: orders / seconds,
    perSecondFromFirstOutput: rate(orders, last.atMs - first.atMs),
    warmPerSecond: rate(orders * (1 - half.committed / last.committed), last.atMs - half.atMs),
    cpuMicrosPerRecord: last.cpuMicros / orders,
    warmCpuMicrosPerRecord: (last.cpuMicros - half.cpuMicros) / (orders * (1 - half.committed / last.committed)),
  };
}

/** Null as NaN would be in JSON: all was there between two looks. */
function rate(records: number, ms: number): number {
  return ms <= 0 ? 0 : records / (ms / 1000);
}
