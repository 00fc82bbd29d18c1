import type { Machine } from '../machine.ts';

/** What records cost at one size of the state. CPU is that of the application's process, of all its threads. */
export interface GrowthStep {
  /** How many orders the table has when it is measured. */
  readonly rows: number;
  /** Records processed until it had so many, updates included. */
  readonly records: number;
  /** Of all of them, from the launch of the process on. */
  readonly wholeCpuMicrosPerRecord: number;
  /** Of those that came since the size before: new orders, one record in five an update. */
  readonly fillCpuMicrosPerRecord: number;
  /** Updates of any of the orders that there are, measured at this size. */
  readonly updates: number;
  readonly updateCpuMicrosPerRecord: number;
  /** The most memory that the process had resident until then. */
  readonly peakBytes: number;
}

/** How the cost of a record grows with the state of one scenario, as it is kept in JSON. */
export interface GrowthResults {
  readonly machine: Machine;
  readonly scenario: string;
  readonly guarantee: string;
  readonly steps: readonly GrowthStep[];
}
