import { median } from '../../statistics/median.ts';
import type { RunResult } from '../measure-run.ts';
import { type Guarantee, type Peer, peers } from '../peers.ts';

/** The figures of a peer's runs, each the median. */
export interface RunFigures {
  readonly perSecond: number;
  readonly perSecondFromFirstOutput: number;
  readonly warmPerSecond: number;
  readonly cpuMicrosPerRecord: number;
  readonly warmCpuMicrosPerRecord: number;
  readonly peakBytes: number;
}

/** What the runs of one scenario, guarantee and number of threads came to. */
export interface RunSummary {
  readonly scenario: string;
  readonly guarantee: Guarantee;
  readonly threads: number;
  readonly of: Readonly<Record<Peer, RunFigures>>;
  /** Whether all digests are the same. */
  readonly isEqual: boolean;
}

/** Runs of the same, by both peers, in the order in which they were first made. */
export function summarizeRuns(runs: readonly RunResult[]): readonly RunSummary[] {
  const groups = Map.groupBy(runs, ({ scenario, guarantee, threads }) => [scenario, guarantee, threads].join());
  return [...groups.values()]
    .filter((group) => peers.every((peer) => group.some((run) => run.peer === peer)))
    .map((group) => {
      const { scenario, guarantee, threads } = group[0] as RunResult;
      const isEqual = new Set(group.map(({ digest }) => digest)).size === 1;
      const figures = (peer: Peer): RunFigures => figuresOf(group.filter((run) => run.peer === peer));
      const of = { millrace: figures('millrace'), 'kafka-streams': figures('kafka-streams') };
      return { scenario, guarantee, threads, of, isEqual };
    });
}

function figuresOf(runs: readonly RunResult[]): RunFigures {
  const middle = (figure: keyof RunFigures): number => median(runs.map((run) => run[figure]));
  return {
    perSecond: middle('perSecond'),
    perSecondFromFirstOutput: middle('perSecondFromFirstOutput'),
    warmPerSecond: middle('warmPerSecond'),
    cpuMicrosPerRecord: middle('cpuMicrosPerRecord'),
    warmCpuMicrosPerRecord: middle('warmCpuMicrosPerRecord'),
    peakBytes: middle('peakBytes'),
  };
}
