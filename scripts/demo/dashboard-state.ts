import type { ViewTable } from './revenue-view.ts';
import type { TopologiesLag } from './run-topologies.ts';
import type { DerivedRecord } from './topic-watcher.ts';

/** A derived topic as it is shown. */
export interface TopicState {
  readonly name: string;
  readonly records: number;
  readonly recordsPerSecond: number;
  readonly last: DerivedRecord | null;
}

/** Everything that the dashboard shows. */
export interface DashboardState {
  /** Where the shop is. */
  readonly server: string;
  readonly upMs: number;
  /** Rows of the shop that the workload has changed. */
  readonly changes: number;
  readonly changesPerSecond: number;
  readonly lag: TopologiesLag;
  readonly topics: readonly TopicState[];
  readonly view: ViewTable;
  /** The last records, oldest first. */
  readonly recent: readonly DerivedRecord[];
}
