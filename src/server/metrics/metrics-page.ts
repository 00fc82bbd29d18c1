import { metricDeclarations, type MetricDeclaration, type MetricName } from './metric-declarations.ts';

/** The values of labels, by their names. */
export type Labels = Readonly<{ [label: string]: string | number }>;

/** A duration that was measured many times. */
interface Measured {
  readonly count: number;
  readonly totalMs: number;
  readonly maxMs: number;
}

/** What scrapers are told that the page is: the text format of Prometheus. */
export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const MS_PER_SECOND = 1000;

/**
 * The metrics of one scrape, in the text format of Prometheus (Exposition formats, version 0.0.4). Made anew for each scrape:
 * what is gone by then is not in it any more.
 */
export class MetricsPage {
  readonly #lines = new Map<MetricName, string[]>();

  /** Adds a value; null and undefined are left out. */
  add(name: MetricName, value: number | null | undefined, labels: Labels = {}): void {
    if (value !== null && value !== undefined)
      this.#addLine(name, `${name}${formatLabels(labels)} ${formatNumber(value)}`);
  }

  /** Adds a duration that was measured: count and sum, and the longest as `<name>_max`. */
  addMeasured(name: MetricName, { count, totalMs, maxMs }: Measured, labels: Labels): void {
    const suffix = formatLabels(labels);
    this.#addLine(name, `${name}_count${suffix} ${count}`);
    this.#addLine(name, `${name}_sum${suffix} ${totalMs / MS_PER_SECOND}`);
    this.add(`${name}_max` as MetricName, maxMs / MS_PER_SECOND, labels);
  }

  /** The page: each metric that has a value, in the order of their declarations. */
  toString(): string {
    let text = '';
    for (const [name, { help, kind }] of Object.entries<MetricDeclaration>(metricDeclarations)) {
      const lines = this.#lines.get(name as MetricName);
      if (lines === undefined) continue;
      text += `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n${lines.join('')}`;
    }
    return text;
  }

  #addLine(name: MetricName, line: string): void {
    const lines = this.#lines.get(name) ?? [];
    this.#lines.set(name, lines);
    lines.push(`${line}\n`);
  }
}

function formatLabels(labels: Labels): string {
  const parts = Object.entries(labels).map(([label, value]) => `${label}="${escape(String(value))}"`);
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

function escape(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function formatNumber(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}
