import type { Broker } from '../../../src/broker/port.ts';
import { appendOrders, OrderSequence } from '../../streams/orders.ts';
import { ComparedApplication, type ComparePlan, type CompareSurroundings } from '../compared-application.ts';
import type { MeasuredProcess } from '../measured-process.ts';
import type { ProgressSample } from '../progress-observer.ts';
import type { GrowthStep } from './growth-results.ts';

/** How far a state is to grow. */
export interface GrowthPlan {
  readonly plan: ComparePlan;
  /** Rows of the table at which is measured, ascending. */
  readonly sizes: readonly number[];
  /** Updates that are measured at each size, and that the first size is warmed up with. */
  readonly updates: number;
}

/**
 * Runs one application while the topic `orders`, which is empty at first, grows. At each size everything is committed before
 * and after the updates that are measured; so what they cost is told apart from what it cost to get there. Hands each step over
 * as soon as it is measured.
 */
export async function measureGrowth(
  on: CompareSurroundings,
  { plan, sizes, updates }: GrowthPlan,
  keep: (step: GrowthStep) => Promise<void>,
): Promise<void> {
  await using application = await ComparedApplication.create(on, plan, 'growth');
  await using running = application.start();
  const growing = new GrowingTable(on.broker, application, running);
  for (const [index, rows] of sizes.entries()) {
    const fill = await growing.growTo(rows);
    const { records } = growing;
    const wholeCpuMicrosPerRecord = growing.cpuMicros / records;
    // The program is compiled while it runs: what that costs is no matter of the size.
    if (index === 0) await growing.update(updates);
    const updateCpuMicrosPerRecord = await growing.update(updates);
    const { peakBytes } = running.usage();
    await keep({
      ...{ rows, records, wholeCpuMicrosPerRecord, fillCpuMicrosPerRecord: fill },
      ...{ updates, updateCpuMicrosPerRecord, peakBytes },
    });
  }
  await running.stop();
}

/** The table of orders, and what the application that reads it has used when it had all that was appended. */
class GrowingTable {
  /** Appended so far. */
  records = 0;
  /** Of the process, when everything was committed last. */
  cpuMicros = 0;
  readonly #broker: Broker;
  readonly #application: ComparedApplication;
  readonly #running: MeasuredProcess;
  readonly #orders = new OrderSequence();

  constructor(broker: Broker, application: ComparedApplication, running: MeasuredProcess) {
    this.#broker = broker;
    this.#application = application;
    this.#running = running;
  }

  /** Appends records until there are so many rows. Gives what each cost. */
  async growTo(rows: number): Promise<number> {
    const from = this.records;
    // Updates make no rows, so it comes closer until it is there.
    while (this.#orders.rows < rows) await this.#append(rows - this.#orders.rows, () => this.#orders.next());
    return this.#spentSince(from);
  }

  /** Appends updates of any rows. Gives what each cost. */
  async update(count: number): Promise<number> {
    const from = this.records;
    await this.#append(count, () => this.#orders.nextUpdate());
    return this.#spentSince(from);
  }

  async #append(count: number, next: Parameters<typeof appendOrders>[2]): Promise<void> {
    await appendOrders(this.#broker, count, next);
    this.records += count;
  }

  async #spentSince(from: number): Promise<number> {
    const samples = await this.#application.observer.untilCommitted(this.#running);
    const before = this.cpuMicros;
    this.cpuMicros = (samples.at(-1) as ProgressSample).cpuMicros;
    return (this.cpuMicros - before) / (this.records - from);
  }
}
