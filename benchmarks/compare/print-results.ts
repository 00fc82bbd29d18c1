import type { CaptureResult, CaptureRun } from './capture/capture-results.ts';
import type { ComparePlan } from './compared-application.ts';
import type { LatencyResult } from './measure-latency.ts';
import type { RecoveryResult } from './measure-recovery.ts';
import type { RunResult } from './measure-run.ts';

export function printRun(run: RunResult): void {
  const rates = `${count(run.perSecond)}/s from launch, ${count(run.perSecondFromFirstOutput)}/s from first output, ${count(run.warmPerSecond)}/s warm`;
  const cpu = `${run.cpuMicrosPerRecord.toFixed(1)} (warm ${run.warmCpuMicrosPerRecord.toFixed(1)}) µs CPU`;
  console.log(
    `${planText(run)}: ${rates}, ${cpu}, ${megabytes(run.peakBytes)}, ${count(run.outputs)} outputs ${run.digest}`,
  );
}

export function printRecovery(result: RecoveryResult): void {
  const { restoreSeconds, restartSeconds, restartAfterKillSeconds, changelogOffsets } = result;
  const restarts = `restarted after ${restartSeconds.toFixed(1)} s, and ${restartAfterKillSeconds.toFixed(1)} s after a kill`;
  console.log(
    `${planText(result)}: ${count(changelogOffsets)} offsets restored after ${restoreSeconds.toFixed(1)} s, ${restarts}`,
  );
}

export function printLatency(result: LatencyResult): void {
  const { recordsPerSecond, p50Ms, p99Ms } = result;
  console.log(`${planText(result)}: latency at ${recordsPerSecond}/s ${p50Ms} ms, p99 ${p99Ms} ms`);
}

export function printCapture({ peer, snapshot, catchUp, latencies }: CaptureResult): void {
  const each = latencies.map(
    ({ changesPerSecond, p50Ms, p99Ms }) =>
      `at ${changesPerSecond}/s ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`,
  );
  console.log(
    `${peer}: snapshot ${captureText(snapshot)}; catch-up ${captureText(catchUp)}; latency ${each.join('; ')}`,
  );
}

function captureText({ perSecond, cpuMicrosPerRecord, peakBytes }: CaptureRun): string {
  return `${count(perSecond)}/s, ${cpuMicrosPerRecord.toFixed(1)} µs CPU, ${megabytes(peakBytes)}`;
}

function planText({ scenario, guarantee, threads, peer }: ComparePlan): string {
  return `(${scenario}) ${guarantee}, ${threads} thread${threads === 1 ? '' : 's'}, ${peer}`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function megabytes(bytes: number): string {
  return `${count(bytes / 1e6)} MB`;
}
