import { ComparedApplication, type ComparePlan, type CompareSurroundings } from './compared-application.ts';
import type { ProgressSample } from './progress-observer.ts';

/** What a run came to. Rates are of orders; one that is 0 could not be told, for all came between two looks. */
export interface RunResult extends ComparePlan {
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

/** Runs a program over all orders, in a process of its own that begins without state. */
export async function measureRun(on: CompareSurroundings, plan: ComparePlan): Promise<RunResult> {
  const { orders } = on;
  await using application = await ComparedApplication.create(on, plan, 'run');
  await using started = application.start();
  const samples = await application.observer.untilCommitted(started);
  const { peakBytes } = started.usage();
  await started.stop();
  const { entries, digest } = await application.digest();
  const figures = figuresOf(samples, { orders, launchedMs: started.launchedMs });
  return { ...plan, orders, ...figures, peakBytes, outputs: entries, digest };
}

function figuresOf(samples: readonly ProgressSample[], { orders, launchedMs }: { orders: number; launchedMs: number }) {
  const last = samples.at(-1) as ProgressSample;
  const first = samples.find(({ outputs }) => outputs > 0) ?? last;
  const half = samples.find(({ committed }) => committed >= last.committed / 2) ?? last;
  const warmOrders = orders * (1 - half.committed / last.committed);
  return {
    seconds: (last.atMs - launchedMs) / 1000,
    perSecond: rate(orders, last.atMs - launchedMs),
    perSecondFromFirstOutput: rate(orders, last.atMs - first.atMs),
    warmPerSecond: rate(warmOrders, last.atMs - half.atMs),
    cpuMicrosPerRecord: last.cpuMicros / orders,
    warmCpuMicrosPerRecord: warmOrders === 0 ? 0 : (last.cpuMicros - half.cpuMicros) / warmOrders,
  };
}

function rate(records: number, ms: number): number {
  return ms <= 0 ? 0 : records / (ms / 1000);
}
