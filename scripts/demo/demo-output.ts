import type { DashboardState } from './dashboard-state.ts';
import type { DerivedRecord } from './topic-watcher.ts';

/** Where the demo shows what happens. */
export interface DemoOutput {
  /** How often it wants the state. */
  readonly refreshMs: number;
  /** A record of a derived topic, as it comes. */
  record(record: DerivedRecord): void;
  refresh(state: DashboardState): void;
  /** A line about the demo itself. */
  say(line: string): void;
  /** Leaves the terminal as it was. May be called twice. */
  close(): void;
}
