import type { PartitionOffset, ProducedBatch } from '../../broker/port.ts';
import type { Clock } from '../../core/clock.ts';
import type { Headers } from '../../core/headers.ts';
import type { ChangelogRecord } from '../../store/layers/buffered-store.ts';
import { changelogHeaders } from '../../store/migrated-value.ts';
import type { CommitUnit, CommitWriter, StoreChanges } from './commit-writer.ts';
import { LatencyMeter } from '../latency-meter.ts';
import type { RecordCollector } from '../tasks/record-collector.ts';
import type { RecordQueue } from '../tasks/record-queue.ts';
import type { RepartitionPurger } from './repartition-purger.ts';
import type { RunningTask } from '../tasks/running-task.ts';
import type { Task } from '../tasks/task.ts';
import type { TaskStore } from '../state/task-store.ts';

/** What a committer needs. */
export interface CommitterOptions {
  readonly collector: RecordCollector;
  readonly writer: CommitWriter;
  readonly purger: RepartitionPurger;
  readonly clock: Clock;
  /** Called when a commit has ended, well or not. */
  readonly onSettled: () => void;
}

/**
 * Commits the tasks of a thread together. What belongs to a commit is taken at one moment; it is then written while
 * processing goes on. One commit at a time.
 */
export class Committer {
  /** How many commits were made. */
  commits = 0;
  /** How long they took. */
  readonly latency = new LatencyMeter();
  #tasks: readonly RunningTask[] = [];
  #stores: readonly TaskStore[] = [];
  readonly #options: CommitterOptions;
  #writer: CommitWriter;
  #running: Promise<void> | null = null;
  #failure: { readonly error: unknown } | null = null;
  /** The outputs sent since the last commit was taken. */
  #sentBytes = 0;

  constructor(options: CommitterOptions) {
    this.#options = options;
    this.#writer = options.writer;
  }

  /** What it commits with. */
  get writer(): CommitWriter {
    return this.#writer;
  }

  /** Forgets what is not committed, and goes on with another writer. The one before is closed first. */
  async forget(open: () => Promise<CommitWriter>): Promise<void> {
    if (this.#running !== null) await this.#running;
    this.#options.collector.drain();
    this.#sentBytes = 0;
    this.#tasks = [];
    this.#stores = [];
    await this.#writer.close().catch(() => undefined);
    this.#writer = await open();
    this.#failure = null;
  }

  /** Replaces the tasks that it commits. Not while busy. */
  assign(tasks: readonly RunningTask[]): void {
    this.#tasks = tasks;
    this.#stores = tasks.flatMap(({ stores }) => stores);
  }

  /** Whether a commit is on its way. */
  get busy(): boolean {
    return this.#running !== null;
  }

  /** Whether there is something to commit that no commit on its way has. */
  get dirty(): boolean {
    if (this.#tasks.some(({ task }) => task.queues.some((queue) => queue.position !== queue.takenOffset))) return true;
    // What wall-clock punctuators did; records that leave such traces move their queue too.
    return this.uncommittedBytes > 0 || this.#options.collector.bytes > 0;
  }

  /** About how many bytes the changes of all stores, and the outputs sent ahead, take that no commit has taken yet. */
  get uncommittedBytes(): number {
    let bytes = this.#sentBytes;
    for (const { store } of this.#stores) bytes += store.bufferedBytes;
    return bytes;
  }

  /** Takes everything up to now and starts to write it. Not while busy. */
  begin(): void {
    const unit = this.#take();
    this.#running = this.#write(unit).catch((error: unknown) => {
      this.#failure = { error };
    });
  }

  /** Waits for the commit on its way, if there is one. Throws what a commit failed with. */
  async settled(): Promise<void> {
    if (this.#running !== null) await this.#running;
    this.throwIfFailed();
  }

  /** Throws what a commit failed with. */
  throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** Sends outputs ahead of the commit they belong to, after the one on its way. */
  async sendAhead(): Promise<void> {
    await this.settled();
    const { collector } = this.#options;
    this.#sentBytes += collector.bytes;
    await this.#writer.send(collector.drain());
  }

  async #write(unit: CommitUnit): Promise<void> {
    const { clock } = this.#options;
    const beganMs = clock.now();
    try {
      await this.#writer.commit(unit);
      this.commits++;
      const nowMs = clock.now();
      this.latency.record(nowMs - beganMs, nowMs);
      this.#markCommitted(unit.offsets);
      await this.#options.purger.purge(this.#committed());
    } finally {
      this.#running = null;
      this.#options.onSettled();
    }
  }

  #take(): CommitUnit {
    const offsets: PartitionOffset[] = [];
    for (const { task } of this.#tasks) {
      for (const queue of task.queues) {
        const { topic, partition, position } = queue;
        if (position === queue.takenOffset) continue;
        queue.takenOffset = position;
        offsets.push({ topic, partition, offset: position });
      }
    }
    const still = this.#tasks[0]?.task.queues[0];
    if (offsets.length === 0 && still !== undefined) {
      offsets.push({ topic: still.topic, partition: still.partition, offset: still.position });
    }
    this.#sentBytes = 0;
    const changes = this.#tasks.flatMap(({ task, stores }) =>
      stores.filter(({ store }) => store.bufferedBytes > 0).map((store) => sealed(task, store)),
    );
    return { outputs: this.#options.collector.drain(), changes, offsets };
  }

  #markCommitted(offsets: readonly PartitionOffset[]): void {
    const byTopic = Map.groupBy(offsets, ({ topic }) => topic);
    for (const { task } of this.#tasks) {
      for (const queue of task.queues) {
        const found = byTopic.get(queue.topic)?.find(({ partition }) => partition === queue.partition);
        if (found !== undefined) queue.committedOffset = found.offset;
      }
    }
  }

  #committed(): PartitionOffset[] {
    return this.#tasks.flatMap(({ task }) =>
      task.queues.map(({ topic, partition, committedOffset }) => ({ topic, partition, offset: committedOffset })),
    );
  }
}

function sealed(task: Task, { plan, store }: TaskStore): StoreChanges {
  const records = store.seal();
  const { changelog, fromSource } = plan;
  if (changelog === null) return { store, changelog: null, sourceOffset: null };
  if (!fromSource)
    return {
      store,
      changelog: { ...changelog, records: produced(records, changelogHeaders(plan.spec)) },
      sourceOffset: null,
    };
  const isSource = (queue: RecordQueue): boolean =>
    queue.topic === changelog.topic && queue.partition === changelog.partition;
  return { store, changelog: null, sourceOffset: (task.queues.find(isSource) as RecordQueue).position };
}

function produced(records: readonly ChangelogRecord[], headers: Headers): ProducedBatch['records'] {
  return records.map(({ key, value, timestamp }) => ({ key, value, timestamp, headers }));
}
