import { median } from '../../statistics/median.ts';
import { programs } from '../../streams/programs.ts';
import type { CaptureResult, CaptureRun } from '../capture/capture-results.ts';
import type { CompareResults } from '../compare-results.ts';
import { machineText } from '../machine.ts';
import type { LatencyResult } from '../measure-latency.ts';
import type { RecoveryResult } from '../measure-recovery.ts';
import { type BarChart } from '../../charts/bar-chart.ts';
import { type RunFigures, type RunSummary, summarizeRuns } from './run-summaries.ts';

/** A report: its text in Markdown, and the charts that it shows, by the names of their files. */
export interface CompareReport {
  readonly markdown: string;
  readonly charts: ReadonlyMap<string, BarChart>;
}

/** Writes results out; what was not measured is left out. Charts are linked as files of `chartFolder`. */
export function renderReport(results: CompareResults, chartFolder: string): CompareReport {
  const summaries = summarizeRuns(results.runs);
  const charts = chartsOf(summaries);
  const parts = [
    measuredText(results),
    ...runsPart(summaries),
    ...[...charts].map(([file, { title }]) => `![${title}](${chartFolder}/${file})`),
    ...recoveryPart(results.recoveries),
    ...latencyPart(results.latencies),
    ...capturePart(results.captures),
  ];
  return { markdown: parts.join('\n\n'), charts };
}

function measuredText({ machine, runs, recoveries }: CompareResults): string {
  const orders = runs[0]?.orders;
  const counted = orders === undefined ? '' : ` ${orders.toLocaleString('en')} orders;`;
  const rounds = Math.max(...[...runs, ...recoveries].map(({ round }) => round), 1);
  return `${machineText(machine)};${counted} medians of ${rounds} run${rounds === 1 ? '' : 's'}, alternating. Load average of the 15 minutes before: ${machine.loadBefore}.`;
}

function runsPart(summaries: readonly RunSummary[]): string[] {
  if (summaries.length === 0) return [];
  const header = [
    '| | guarantee | threads | from launch: Kafka Streams | Millrace | ratio | warm: Kafka Streams | Millrace | ratio | µs CPU per record | warm | peak MB | outputs |',
    '|---|---|---|---|---|---|---|---|---|---|---|---|---|',
  ];
  const titles = [...new Set(summaries.map(({ scenario }) => scenario))].map(
    (letter) => `(${letter}) ${programs[letter]?.title}`,
  );
  return [
    `Orders per second, from the launch of the process until everything is committed, and in the second half of that (warm); CPU and memory are Kafka Streams' / Millrace's. ${titles.join('; ')}.`,
    [...header, ...summaries.map(summaryRow)].join('\n'),
  ];
}

function summaryRow({ scenario, guarantee, threads, of, isEqual }: RunSummary): string {
  const { millrace, 'kafka-streams': streams } = of;
  const rates = (figure: keyof RunFigures): string[] => [
    count(streams[figure]),
    count(millrace[figure]),
    ratio(millrace[figure], streams[figure]),
  ];
  const both = (figure: keyof RunFigures, digits: number, unit = 1): string =>
    `${(streams[figure] / unit).toFixed(digits)} / ${(millrace[figure] / unit).toFixed(digits)}`;
  const cells = [
    ...[`(${scenario})`, guarantee, String(threads)],
    ...[...rates('perSecond'), ...rates('warmPerSecond')],
    ...[both('cpuMicrosPerRecord', 1), both('warmCpuMicrosPerRecord', 1), both('peakBytes', 0, 1e6)],
    isEqual ? 'equal' : '**differ**',
  ];
  return `| ${cells.join(' | ')} |`;
}

function chartsOf(summaries: readonly RunSummary[]): Map<string, BarChart> {
  const first = summaries[0];
  if (first === undefined) return new Map();
  const { guarantee, threads } = first;
  const shown = summaries.filter((each) => each.guarantee === guarantee && each.threads === threads);
  const chart = (title: string, figure: keyof RunFigures, unit = 1): BarChart => ({
    title: `${title} (${guarantee.replaceAll('_', ' ')})`,
    series: ['Kafka Streams', 'Millrace'],
    groups: shown.map(({ scenario, of }) => ({
      label: `(${scenario})`,
      values: [of['kafka-streams'][figure] / unit, of.millrace[figure] / unit],
    })),
  });
  return new Map([
    ['orders-per-second.svg', chart('Orders/s from launch', 'perSecond')],
    ['orders-per-second-warm.svg', chart('Orders/s, warm', 'warmPerSecond')],
    ['cpu-per-order.svg', chart('µs CPU per order', 'cpuMicrosPerRecord')],
    ['peak-memory.svg', chart('Peak memory in MB', 'peakBytes', 1e6)],
  ]);
}

function recoveryPart(recoveries: readonly RecoveryResult[]): string[] {
  if (recoveries.length === 0) return [];
  const rows = byScenarioAndPeer(recoveries).map(([name, each]) => {
    const seconds = (figure: 'restoreSeconds' | 'restartSeconds' | 'restartAfterKillSeconds'): string =>
      median(each.map((one) => one[figure])).toFixed(1);
    const offsets = count(median(each.map(({ changelogOffsets }) => changelogOffsets)));
    return `| ${name} | ${offsets} | ${seconds('restoreSeconds')} | ${seconds('restartSeconds')} | ${seconds('restartAfterKillSeconds')} |`;
  });
  const header = [
    '| | changelog offsets | state wiped | state kept | state kept, after SIGKILL |',
    '|---|---|---|---|---|',
  ];
  return ['Seconds from the launch until it runs again:', [...header, ...rows].join('\n')];
}

function latencyPart(latencies: readonly LatencyResult[]): string[] {
  if (latencies.length === 0) return [];
  const rows = byScenarioAndPeer(latencies).map(([name, each]) => {
    const ms = (figure: 'p50Ms' | 'p99Ms'): string => median(each.map((one) => one[figure])).toFixed(0);
    return `| ${name} | ${each[0]?.recordsPerSecond} | ${ms('p50Ms')} | ${ms('p99Ms')} |`;
  });
  const header = ['| | orders/s | p50, ms | p99, ms |', '|---|---|---|---|'];
  return ['From the order to its result at a consumer of committed records:', [...header, ...rows].join('\n')];
}

function capturePart(captures: readonly CaptureResult[]): string[] {
  if (captures.length === 0) return [];
  const groups = [...Map.groupBy(captures, ({ peer }) => peer)];
  const rows = groups.map(([peer, each]) => {
    const figures = (part: 'snapshot' | 'catchUp'): string => {
      const middle = (figure: keyof CaptureRun): number => median(each.map((one) => one[part][figure]));
      return `${count(middle('perSecond'))} · ${middle('cpuMicrosPerRecord').toFixed(1)} · ${count(middle('peakBytes') / 1e6)}`;
    };
    const latencies = (each[0]?.latencies ?? []).map((_, index) => {
      const ms = (figure: 'p50Ms' | 'p99Ms'): string =>
        median(each.map((one) => one.latencies[index]?.[figure] as number)).toFixed(1);
      return `${ms('p50Ms')} / ${ms('p99Ms')}`;
    });
    return `| ${[peer, figures('snapshot'), figures('catchUp'), ...latencies].join(' | ')} |`;
  });
  const rates = (captures[0]?.latencies ?? []).map(
    ({ changesPerSecond }) => `latency at ${changesPerSecond}/s, p50 / p99 ms`,
  );
  const columns = ['', 'snapshot: rows/s · µs CPU · peak MB', 'catch-up: changes/s · µs CPU · peak MB', ...rates];
  const header = [`| ${columns.join(' | ')} |`, `|${'---|'.repeat(columns.length)}`];
  const what = `Capturing a MySQL table of ${count(captures[0]?.snapshot.records ?? 0)} rows, and as many changes of it:`;
  return [what, [...header, ...rows].join('\n')];
}

function byScenarioAndPeer<R extends RecoveryResult | LatencyResult>(results: readonly R[]): [string, R[]][] {
  return [...Map.groupBy(results, ({ scenario, peer, guarantee }) => `(${scenario}) ${peer}, ${guarantee}`)];
}

function ratio(one: number, other: number): string {
  return (one / other).toFixed(2);
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}
