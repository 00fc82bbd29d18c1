import type { BrokerConsumer, PollResult } from '../../broker/port.ts';
import type { Clock } from '../../core/clock.ts';
import { partitionName } from '../../core/topic-partition.ts';
import { LatencyMeter } from '../latency-meter.ts';
import type { RecordQueue } from '../tasks/record-queue.ts';
import { isRetriable } from '../errors/retriable-error.ts';
import { retried, type RetryOptions } from '../errors/retried.ts';
import type { Task } from '../tasks/task.ts';

/** How records are fetched. */
export interface InputFetcherOptions {
  /** The longest wait of one poll, in milliseconds. */
  readonly pollMaxWaitMs: number;
  /** About how many bytes one poll brings at most. */
  readonly fetchMaxBytes: number;
  /** A partition with more records buffered than this is paused. */
  readonly bufferedRecords: number;
  readonly clock: Clock;
  /** For how long a poll is tried again whose error may go away, in milliseconds. */
  readonly taskTimeoutMs: number;
  /** Called when a poll is done. */
  readonly onArrival: () => void;
}

interface Input {
  readonly task: Task;
  readonly queue: RecordQueue;
  paused: boolean;
}

/** Keeps one poll on its way while the tasks process what came before, and pauses partitions of which enough is buffered. */
export class InputFetcher {
  /** Polls, the waiting for records included. */
  readonly polls = new LatencyMeter();
  readonly #consumer: BrokerConsumer;
  readonly #options: InputFetcherOptions;
  #inputs: ReadonlyMap<string, Input> = new Map();
  #polling: Promise<void> | null = null;
  #arrived: PollResult | null = null;
  #failure: { readonly error: unknown } | null = null;
  #interrupted = false;
  readonly #retry: RetryOptions;

  constructor(consumer: BrokerConsumer, options: InputFetcherOptions) {
    this.#consumer = consumer;
    this.#options = options;
    const { clock, taskTimeoutMs: timeoutMs } = options;
    this.#retry = { clock, timeoutMs, retriable: isRetriable, unwanted: () => this.#interrupted };
  }

  /** Replaces the tasks whose partitions are fetched. What is on its way for those that stay is handed to them before. */
  async assign(tasks: readonly Task[]): Promise<void> {
    if (this.#polling !== null) {
      this.#interrupted = true;
      this.#consumer.wakeup();
      await this.#polling;
      this.#interrupted = false;
    }
    // What concerns those that stay comes up again.
    this.#failure = null;
    this.take();
    this.#inputs = new Map(
      tasks.flatMap((task) =>
        task.queues.map((queue) => [partitionName(queue.topic, queue.partition), { task, queue, paused: false }]),
      ),
    );
    this.#consumer.assign(
      this.#queues().map(({ topic, partition, fetchedTo }) => ({ topic, partition, offset: fetchedTo })),
    );
  }

  /** Hands what the last poll brought to the tasks. Throws what the poll failed with, once: whoever goes on polls anew. */
  take(): void {
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) throw failure.error;
    const arrived = this.#arrived;
    if (arrived === null) return;
    this.#arrived = null;
    for (const batch of arrived.batches) {
      const input = this.#inputs.get(partitionName(batch.topic, batch.partition));
      if (input === undefined) continue;
      input.task.addRecords(batch);
      input.task.counters.batches++;
    }
    for (const [name, { queue }] of this.#inputs) queue.endOffset = arrived.endOffsets.get(name) ?? queue.endOffset;
  }

  /** Starts the next poll, unless one is on its way or nothing more is wanted. */
  poll(): void {
    this.#pauseAndResume();
    if (this.#polling !== null || this.#arrived !== null || this.#failure !== null) return;
    if ([...this.#inputs.values()].every(({ paused }) => paused)) return;
    const { pollMaxWaitMs, fetchMaxBytes, onArrival, clock } = this.#options;
    const beganMs = clock.now();
    const poll = (): Promise<PollResult> => this.#consumer.poll({ maxWaitMs: pollMaxWaitMs, maxBytes: fetchMaxBytes });
    this.#polling = retried(poll, this.#retry)
      .then(
        (result) => {
          this.#arrived = result;
        },
        (error: unknown) => {
          // Who interrupts a poll that is tried again asks again himself.
          if (!this.#interrupted || !isRetriable(error)) this.#failure = { error };
        },
      )
      .finally(() => {
        this.#polling = null;
        const nowMs = clock.now();
        this.polls.record(nowMs - beganMs, nowMs);
        onArrival();
      });
  }

  /** Ends a waiting poll and closes the consumer. */
  async close(): Promise<void> {
    this.#interrupted = true;
    this.#consumer.wakeup();
    await this.#consumer.close();
  }

  #pauseAndResume(): void {
    const pause: RecordQueue[] = [];
    const resume: RecordQueue[] = [];
    for (const input of this.#inputs.values()) {
      const full = input.queue.size > this.#options.bufferedRecords;
      if (full === input.paused) continue;
      input.paused = full;
      (full ? pause : resume).push(input.queue);
    }
    if (pause.length > 0) this.#consumer.pause(pause);
    if (resume.length === 0) return;
    this.#consumer.resume(resume);
    if (this.#polling !== null) this.#consumer.wakeup();
  }

  #queues(): RecordQueue[] {
    return [...this.#inputs.values()].map(({ queue }) => queue);
  }
}
