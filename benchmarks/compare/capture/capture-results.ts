import type { CapturePeer } from './capture-peers.ts';

/** How fast a peer got through rows or changes, from its launch until the last was in the topic. */
export interface CaptureRun {
  readonly records: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly cpuMicrosPerRecord: number;
  readonly peakBytes: number;
}

/** From when a commit was acknowledged to whoever made it until its record was read. */
export interface CaptureLatency {
  readonly changesPerSecond: number;
  readonly records: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What one peer needed to capture the table. */
export interface CaptureResult {
  readonly peer: CapturePeer;
  readonly round: number;
  readonly snapshot: CaptureRun;
  readonly catchUp: CaptureRun;
  readonly latencies: readonly CaptureLatency[];
}
