import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ServedApplications } from '../queries/served-applications.ts';
import type { ServedSource } from '../served-source.ts';
import { addApplication } from './application-samples.ts';
import { MetricsPage } from './metrics-page.ts';
import { addSource } from './source-samples.ts';

/** What metrics are of. */
export interface InstanceMetricsOptions {
  readonly served: ServedApplications;
  /** Null where none is here. */
  readonly source: () => ServedSource | null;
}

const MICROSECONDS_PER_SECOND = 1_000_000;
const NANOSECONDS_PER_SECOND = 1_000_000_000;
const MS_PER_SECOND = 1000;
const QUANTILES = [0.5, 0.99];
const PERCENT = 100;
const RESOLUTION_MS = 20;

/** The metrics of a process. Nothing is done for them but when they are asked for, from counters that are there anyway. */
export class InstanceMetrics {
  readonly #options: InstanceMetricsOptions;
  readonly #eventLoop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor(options: InstanceMetricsOptions) {
    this.#options = options;
  }

  /** The page of this moment. */
  async page(): Promise<string> {
    // From the first scrape on: who is never asked measures nothing.
    this.#eventLoop.enable();
    const page = new MetricsPage();
    for (const { topology, application } of this.#options.served.all)
      addApplication(page, topology.name, await application.readings());
    const source = this.#options.source();
    if (source !== null) await addSource(page, source);
    this.#addProcess(page);
    return page.toString();
  }

  #addProcess(page: MetricsPage): void {
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed, external } = process.memoryUsage();
    page.add('process_cpu_seconds_total', (user + system) / MICROSECONDS_PER_SECOND);
    page.add('process_start_time_seconds', performance.timeOrigin / MS_PER_SECOND);
    page.add('process_resident_memory_bytes', rss);
    page.add('nodejs_heap_used_bytes', heapUsed);
    page.add('nodejs_external_memory_bytes', external);
    for (const quantile of QUANTILES) {
      const lag = this.#eventLoop.percentile(quantile * PERCENT) / NANOSECONDS_PER_SECOND;
      page.add('nodejs_eventloop_lag_seconds', lag, { quantile });
    }
    this.#eventLoop.reset();
  }
}
