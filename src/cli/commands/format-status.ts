import { formatDuration } from '../../core/duration.ts';

/** What `/status` answers, as far as it is printed. */
export interface StatusAnswer {
  readonly instances: readonly InstanceAnswer[];
}

/** An instance; nothing is known of one that did not answer. */
interface InstanceAnswer {
  readonly endpoint: string | null;
  readonly error: string | null;
  readonly applications: readonly ApplicationAnswer[];
  readonly source: SourceAnswer | null;
}

interface ApplicationAnswer {
  readonly name: string;
  readonly state: string;
  readonly paused: boolean;
  readonly threads: readonly {
    readonly index: number;
    readonly state: string;
    readonly active: readonly TaskAnswer[];
    readonly standby: readonly TaskAnswer[];
  }[];
  readonly lags: readonly LagAnswer[] | null;
}

interface TaskAnswer {
  readonly task: string;
  readonly phase: string;
  readonly stores: readonly {
    readonly store: string;
    readonly offset: number;
    readonly endOffset: number | null;
    readonly etaMs: number | null;
  }[];
}

interface LagAnswer {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly endOffset: number;
  readonly lag: number;
}

interface SourceAnswer {
  readonly state?: string;
  readonly lagMs?: number;
  readonly snapshot?: readonly {
    readonly table: string;
    readonly rows: number;
    readonly estimatedRows?: number | null;
  }[];
}

/** The status of instances for people: each instance with its tasks and restores, then the lags of each application once. */
export function formatStatus({ instances }: StatusAnswer): string {
  const lines = instances.flatMap(instanceLines);
  const lags = new Map<string, readonly LagAnswer[]>();
  for (const { applications } of instances) {
    for (const { name, lags: found } of applications) if (found !== null && !lags.has(name)) lags.set(name, found);
  }
  for (const [name, found] of lags) lines.push(...lagLines(name, found));
  return `${lines.join('\n')}\n`;
}

function instanceLines({ endpoint, error, applications, source }: InstanceAnswer): string[] {
  const name = `instance ${endpoint ?? '(without an address)'}`;
  if (error !== null) return [`${name}: does not answer: ${error}`];
  return [name, ...applications.flatMap(applicationLines), ...sourceLines(source)];
}

function applicationLines({ name, state, paused, threads }: ApplicationAnswer): string[] {
  const lines = [`  application ${name}: ${state}${paused ? ', paused' : ''}`];
  for (const { index, state: threadState, active, standby } of threads) {
    lines.push(`    thread ${index}: ${threadState}`);
    for (const task of [...active, ...standby]) lines.push(...taskLines(task));
  }
  return lines;
}

function taskLines({ task, phase, stores }: TaskAnswer): string[] {
  return [
    `      task ${task}: ${phase}`,
    ...stores.map(({ store, offset, endOffset, etaMs }) => {
      const end = endOffset === null ? '' : ` of ${endOffset}`;
      const eta = etaMs === null ? '' : `, about ${formatDuration(Math.round(etaMs))} left`;
      return `        store ${store}: at ${offset}${end}${eta}`;
    }),
  ];
}

function sourceLines(source: SourceAnswer | null): string[] {
  if (source === null) return [];
  const lag = source.lagMs === undefined ? '' : `, ${formatDuration(Math.round(source.lagMs))} behind`;
  const tables = source.state === 'snapshotting' ? (source.snapshot ?? []) : [];
  return [
    `  MySQL source: ${source.state ?? 'unknown'}${lag}`,
    ...tables.map(({ table, rows, estimatedRows }) => {
      const all = estimatedRows === undefined || estimatedRows === null ? '' : ` of about ${estimatedRows}`;
      return `    snapshot of ${table}: ${rows}${all} rows`;
    }),
  ];
}

function lagLines(application: string, lags: readonly LagAnswer[]): string[] {
  const sum = lags.reduce((total, { lag }) => total + lag, 0);
  return [
    `lag of ${application}: ${sum} records`,
    ...lags.map(
      ({ topic, partition, offset, endOffset, lag }) => `  ${topic}-${partition}: ${lag} (${offset} of ${endOffset})`,
    ),
  ];
}
