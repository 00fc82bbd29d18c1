import type { Clock } from '../../src/core/clock.ts';
import type { DashboardState, TopicState } from './dashboard-state.ts';
import { RateMeter } from './rate-meter.ts';
import { RevenueView } from './revenue-view.ts';
import type { TopologiesLag } from './run-topologies.ts';
import type { DerivedRecord } from './topic-watcher.ts';

const keptRecords = 20;

interface TopicRecord {
  readonly meter: RateMeter;
  records: number;
  last: DerivedRecord | null;
}

/** Collects what happens, and gives it as the state of the dashboard. */
export class DashboardModel {
  readonly #clock: Clock;
  readonly #server: string;
  readonly #startedAtMs: number;
  readonly #view = new RevenueView();
  readonly #topics = new Map<string, TopicRecord>();
  readonly #changesMeter = new RateMeter();
  readonly #recent: DerivedRecord[] = [];

  /** `server`: what is shown as the place of the shop. */
  constructor(clock: Clock, server: string) {
    this.#clock = clock;
    this.#server = server;
    this.#startedAtMs = clock.now();
  }

  /** Names the topics to show, with the records they have already. */
  setTopics(counts: ReadonlyMap<string, number>): void {
    for (const [topic, count] of counts) this.#topicOf(topic).records += count;
  }

  /** Takes a record of a derived topic. */
  add(record: DerivedRecord): void {
    if (record.topic === RevenueView.topic) this.#view.apply(record, this.#clock.now());
    if (!record.isNew) return;
    const topic = this.#topicOf(record.topic);
    topic.records++;
    topic.last = record;
    this.#recent.push(record);
    if (this.#recent.length > keptRecords) this.#recent.shift();
  }

  /** The state now. Rates are those since the last few calls, so it wants to be called regularly. */
  sample({ changes, lag }: { changes: number; lag: TopologiesLag }): DashboardState {
    const now = this.#clock.now();
    return {
      server: this.#server,
      upMs: now - this.#startedAtMs,
      changes,
      changesPerSecond: this.#changesMeter.sample(now, changes),
      lag,
      topics: [...this.#topics].map(([name, topic]) => toTopicState(name, topic, now)),
      view: this.#view.toTable(now),
      recent: [...this.#recent],
    };
  }

  #topicOf(name: string): TopicRecord {
    let topic = this.#topics.get(name);
    if (topic === undefined) {
      topic = { meter: new RateMeter(), records: 0, last: null };
      this.#topics.set(name, topic);
    }
    return topic;
  }
}

function toTopicState(name: string, topic: TopicRecord, now: number): TopicState {
  return { name, records: topic.records, recordsPerSecond: topic.meter.sample(now, topic.records), last: topic.last };
}
