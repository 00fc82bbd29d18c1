import type { CaptureResult } from './capture/capture-results.ts';
import type { LatencyResult } from './measure-latency.ts';
import type { RecoveryResult } from './measure-recovery.ts';
import type { RunResult } from './measure-run.ts';

/** All that was measured together, as it is kept in JSON. */
export interface CompareResults {
  /** What it was measured on. */
  readonly machine: {
    readonly date: string;
    readonly processor: string;
    readonly cores: number;
    readonly memoryGiB: number;
    /** Of the last 15 minutes, before the first run: what else was running. */
    readonly loadBefore: number;
    readonly node: string;
  };
  readonly runs: readonly RunResult[];
  readonly recoveries: readonly RecoveryResult[];
  readonly latencies: readonly LatencyResult[];
  readonly captures: readonly CaptureResult[];
}
