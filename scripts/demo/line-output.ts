import type { Writable } from 'node:stream';
import type { Clock } from '../../src/core/clock.ts';
import type { DashboardState } from './dashboard-state.ts';
import type { DemoOutput } from './demo-output.ts';
import { describeLag, describeRecord, formatCount } from './render-dashboard.ts';
import type { DerivedRecord } from './topic-watcher.ts';

const recordsPerTopicAndSecond = 2;

/** Plain lines, for files and pipes: one per record, two of a topic a second at most, and a summary with the view every few seconds. */
export class LineOutput implements DemoOutput {
  readonly refreshMs = 3000;
  readonly #stream: Writable;
  readonly #clock: Clock;
  #second = 0;
  /** By topic. */
  readonly #shownInSecond = new Map<string, number>();
  #left = 0;

  constructor(stream: Writable, clock: Clock) {
    this.#stream = stream;
    this.#clock = clock;
  }

  record(record: DerivedRecord): void {
    if (!record.isNew) return;
    const second = Math.floor(this.#clock.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#shownInSecond.clear();
    }
    const shown = this.#shownInSecond.get(record.topic) ?? 0;
    this.#shownInSecond.set(record.topic, shown + 1);
    if (shown < recordsPerTopicAndSecond) this.say(`${record.topic}  ${describeRecord(record)}`);
    else this.#left++;
  }

  refresh(state: DashboardState): void {
    const derived = state.topics.reduce((sum, topic) => sum + topic.records, 0);
    const rate = state.topics.reduce((sum, topic) => sum + topic.recordsPerSecond, 0);
    const left = this.#left > 0 ? `; ${formatCount(this.#left)} records not shown` : '';
    this.#left = 0;
    this.say(
      `-- MySQL ${formatCount(state.changes)} row changes, ${state.changesPerSecond.toFixed(1)}/s; ` +
        `derived ${formatCount(derived)} records, ${rate.toFixed(1)}/s${left}; ${describeLag(state)}`,
    );
    if (state.view.rows.length === 0) return;
    this.say(`-- ${state.view.title}: ${state.view.rows.map(({ cells }) => `${cells[0]} ${cells.at(-1)}`).join(', ')}`);
  }

  say(line: string): void {
    this.#stream.write(`${line}\n`);
  }

  close(): void {
    // Nothing to give back.
  }
}
