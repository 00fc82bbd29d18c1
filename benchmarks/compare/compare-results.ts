import type { CaptureResult } from './capture/capture-results.ts';
import type { Machine } from './machine.ts';
import type { LatencyResult } from './measure-latency.ts';
import type { RecoveryResult } from './measure-recovery.ts';
import type { RunResult } from './measure-run.ts';

/** All that was measured together, as it is kept in JSON. */
export interface CompareResults {
  readonly machine: Machine;
  readonly runs: readonly RunResult[];
  readonly recoveries: readonly RecoveryResult[];
  readonly latencies: readonly LatencyResult[];
  readonly captures: readonly CaptureResult[];
}
