import { setTimeout as delay } from 'node:timers/promises';
import {
  countRecordsBehind,
  type GroupPosition,
  groupPositions,
  offsetsBehind,
} from '../../scripts/chaos/group-lag.ts';
import type { Broker } from '../../src/broker/port.ts';
import type { MeasuredProcess } from './measured-process.ts';

/** What was seen of a run at a moment. */
export interface ProgressSample {
  /** By `performance.now()`. */
  readonly atMs: number;
  /** Committed offsets of all topics that the application reads, together. */
  readonly committed: number;
  /** The ends of the output's partitions, together. */
  readonly outputs: number;
  readonly cpuMicros: number;
}

const CHANGELOG = '-changelog';
const LOOK_MS = 50;
const MAX_COUNTED = 1000;
/** A run that commits nothing for so long hangs. */
const STALLED_MS = 300_000;

/** Looks from outside at how far an application is, by the offsets that Kafka has of it. */
export class ProgressObserver {
  readonly #broker: Broker;
  readonly #application: string;
  readonly #inputs: readonly string[];

  constructor(broker: Broker, { application, inputs }: { application: string; inputs: readonly string[] }) {
    this.#broker = broker;
    this.#application = application;
    this.#inputs = inputs;
  }

  /** Resolves when everything is committed, internal topics included, with what was seen until then. */
  async untilCommitted(running: MeasuredProcess): Promise<readonly ProgressSample[]> {
    const samples: ProgressSample[] = [];
    let lastMovedMs = performance.now();
    for (;;) {
      const positions = await this.#positions();
      const committed = positions?.reduce((sum, { offset }) => sum + offset, 0) ?? 0;
      const atMs = performance.now();
      if (committed !== samples.at(-1)?.committed) lastMovedMs = atMs;
      if (atMs - lastMovedMs > STALLED_MS)
        throw new Error(`Expected ${this.#application} to get on, but it has committed nothing for five minutes`);
      samples.push({ atMs, committed, outputs: await this.#endOf(this.#output), cpuMicros: running.usage().cpuMicros });
      if (positions !== null && (await this.#isDone(positions))) return samples;
      await delay(LOOK_MS);
    }
  }

  /** The topics that the application reads and writes itself; those of the changelogs too. */
  async internalTopics(): Promise<readonly string[]> {
    const topics = await this.#broker.admin.listTopics();
    return topics.filter((topic) => topic.startsWith(`${this.#application}-`) && topic !== this.#output);
  }

  /** The ends of its changelogs, together. */
  async changelogOffsets(): Promise<number> {
    const changelogs = (await this.internalTopics()).filter((topic) => topic.endsWith(CHANGELOG));
    const ends = await Promise.all(changelogs.map((topic) => this.#endOf(topic)));
    return ends.reduce((sum, end) => sum + end, 0);
  }

  async #positions(): Promise<readonly GroupPosition[] | null> {
    const internal = (await this.internalTopics()).filter((topic) => !topic.endsWith(CHANGELOG));
    const topics = [...this.#inputs, ...internal];
    return groupPositions(this.#broker, { group: this.#application, topics, upTo: 'written' });
  }

  async #isDone(positions: readonly GroupPosition[]): Promise<boolean> {
    return offsetsBehind(positions) <= MAX_COUNTED && (await countRecordsBehind(this.#broker, positions)) === 0;
  }

  async #endOf(topic: string): Promise<number> {
    const partitions = (await this.#broker.admin.describeTopics([topic])).get(topic)?.partitions ?? 0;
    const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
    const ends = await this.#broker.admin.listOffsets(all, 'latest');
    return ends.reduce((sum, { offset }) => sum + offset, 0);
  }

  get #output(): string {
    return `${this.#application}-output`;
  }
}
