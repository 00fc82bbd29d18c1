import type { ConsumedBatch, ConsumedRecord } from '../../broker/port.ts';
import type { Clock } from '../../core/clock.ts';
import type { MaybePromise } from '../../core/maybe-promise.ts';
import { type ErrorContext, MillraceError } from '../../core/millrace-error.ts';
import { type TaskId, taskName } from '../../core/task-id.ts';
import { partitionName } from '../../core/topic-partition.ts';
import type { InFlight } from '../../processor/in-flight.ts';
import type { GlobalRows, RecordMetadata } from '../../processor/processor.ts';
import type { CacheBudget } from '../../processor/update-cache.ts';
import type { Cancellable, PunctuationOptions, Punctuator } from '../../processor/punctuation.ts';
import type { BufferedStore } from '../../store/layers/buffered-store.ts';
import type { TopologyNode } from '../../topology/node.ts';
import type { FailedRecord } from '../errors/dead-letter.ts';
import type { ErrorHandlers, ErrorKind } from '../errors/error-handlers.ts';
import { type FinishedRecord, InFlightRecords } from './in-flight-records.ts';
import type { TaskScope } from './node-context.ts';
import { LatencyMeter } from '../latency-meter.ts';
import { placeError, placeRejection } from '../errors/place-error.ts';
import { PunctuationQueue } from './punctuation-queue.ts';
import type { OutputProvider } from './record-collector.ts';
import { RecordGroup } from './record-group.ts';
import { RecordQueue, type RecordQueueOptions } from './record-queue.ts';
import { TaskCaches } from '../state/task-caches.ts';
import { TaskCounters } from './task-counters.ts';
import { TaskGraph, type TaskSource } from './task-graph.ts';

/** Where a task begins to read a partition of one of its topics. */
export interface TaskInput {
  /** The full name of the topic. */
  readonly topic: string;
  /** The name that its source node has for it. */
  readonly sourceTopic: string;
  readonly partition: number;
  readonly startOffset: number;
  /** What the group has committed; −1: nothing yet. */
  readonly committedOffset: number;
  /** The topics that must be processed up to their `catchUpOffset` before this one is read. */
  readonly waitsFor?: readonly string[];
  /** The end of the partition at the start; 0 where nobody waits for it. */
  readonly catchUpOffset?: number;
}

/** What a task is made from. */
export interface TaskOptions {
  readonly applicationId: string;
  readonly id: TaskId;
  readonly nodes: ReadonlyMap<string, TopologyNode>;
  /** The names of the nodes it runs, parents before children. */
  readonly nodeNames: readonly string[];
  readonly inputs: readonly TaskInput[];
  /** Its stores, open and restored, by name. */
  readonly stores: ReadonlyMap<string, BufferedStore<any, any>>;
  /** The rows of global tables, by the name of their store; absent, none. */
  readonly globalTables?: ReadonlyMap<string, GlobalRows<any, any>>;
  readonly collector: OutputProvider;
  readonly topicName: (name: string) => string;
  readonly clock: Clock;
  readonly maxTaskIdleMs: number;
  /** What becomes of records that fail; absent, the task fails. */
  readonly errorHandlers?: ErrorHandlers;
  /** How much its tables may hold back, together with those of the other tasks of its thread; absent, nothing. */
  readonly cacheBudget?: CacheBudget;
}

/**
 * One partition of one sub-topology: its processors, its stores and the queues of its input partitions.
 *
 * Processes one record at a time, the one with the lowest timestamp among the heads of its queues. Knows nothing of
 * commits: whoever drives it takes `positions` and the stores' changes between two calls of `process`, with no record in
 * flight.
 */
export class Task implements TaskScope {
  readonly applicationId: string;
  readonly taskId: TaskId;
  /** `1_3`. */
  readonly name: string;
  readonly clock: Clock;
  readonly stores: ReadonlyMap<string, BufferedStore<any, any>>;
  readonly globalTables: ReadonlyMap<string, GlobalRows<any, any>>;
  readonly caches: TaskCaches;
  readonly counters = new TaskCounters();
  /** How old records were by their timestamps when they were processed, as far as `measureLateness` was called. */
  readonly lateness = new LatencyMeter();
  /** The largest timestamp of any record processed; −1 before the first. */
  streamTimeMs = -1;
  /** Whether `process` takes records; those in flight are finished in any case. Whoever commits turns it off before. */
  takesRecords = true;
  readonly #graph: TaskGraph;
  readonly #group: RecordGroup;
  readonly #queues = new Map<string, RecordQueue>();
  readonly #streamTimePunctuations = new PunctuationQueue((error, node) => this.handleError(error, node));
  readonly #wallClockPunctuations = new PunctuationQueue((error, node) => this.handleError(error, node));
  /** Null until a processor wants one. */
  #inFlight: InFlightRecords | null = null;
  #onFinished: () => void = () => undefined;
  #queue: RecordQueue | null = null;
  /** The timestamp of the record processed last. */
  #lastTimestamp = -1;
  #measuredRecords = 0;
  #consumed: ConsumedRecord | null = null;
  /** Where the record in flight came from whose result is being processed. */
  #origin: FailedRecord | null = null;
  readonly #errorHandlers: ErrorHandlers | null;

  constructor(options: TaskOptions) {
    this.applicationId = options.applicationId;
    this.taskId = options.id;
    this.name = taskName(options.id);
    this.clock = options.clock;
    this.stores = options.stores;
    this.globalTables = options.globalTables ?? new Map();
    this.#errorHandlers = options.errorHandlers ?? null;
    this.caches = new TaskCaches(options.stores, options.cacheBudget ?? { limitBytes: 0, usedBytes: 0 });
    this.#graph = this.#inTask(
      () =>
        new TaskGraph({
          ...options,
          names: options.nodeNames,
          scope: this,
          counters: this.counters,
          onProductionError: (error, place) => this.#handleProductionError(error, place),
        }),
    );
    const queues = options.inputs.map((input) => this.#createQueue(input));
    this.#group = new RecordGroup(queues, options.maxTaskIdleMs, options.clock);
    for (const { topic, waitsFor = [] } of options.inputs) if (waitsFor.length > 0) this.#group.hold(topic, waitsFor);
    for (const queue of queues) this.#queues.set(partitionName(queue.topic, queue.partition), queue);
  }

  /** The queues of its partitions. */
  get queues(): readonly RecordQueue[] {
    return this.#group.queues;
  }

  /** Topic, partition and offset of the record being processed; null outside of one. */
  get recordMetadata(): RecordMetadata | null {
    const source = this.#source();
    return source === null
      ? null
      : { topic: source.topic, partition: source.partition, offset: source.consumed.offset };
  }

  /** Whether `process` would process a record now, or the result of one in flight. */
  get ready(): boolean {
    // What is in flight may be on its way into a table that others wait for.
    if (this.#group.holding && this.inFlightRecords === 0) this.#group.release();
    return this.#inFlight?.hasFinished === true || (this.#mayTake && this.#group.ready);
  }

  /** Whether everything that the broker is known to have is processed. */
  get caughtUp(): boolean {
    return this.inFlightRecords === 0 && this.queues.every((queue) => queue.headConsumed === null && queue.caughtUp);
  }

  /** How many records are in flight. */
  get inFlightRecords(): number {
    return this.#inFlight?.size ?? 0;
  }

  /** When `ready` may turn true without another record, in milliseconds since the epoch; null: only by more records. */
  get idleDeadlineMs(): number | null {
    return this.#mayTake ? this.#group.idleDeadlineMs : null;
  }

  /** When `punctuateWallClock` has something to call, in milliseconds since the epoch; infinite with nothing scheduled. */
  get wallClockDueMs(): number {
    return this.#wallClockPunctuations.nextDueMs;
  }

  recordDropped(reason: string): void {
    this.counters.drop(reason);
  }

  handleError(error: unknown, node: string): void {
    if (this.#errorHandlers === null) throw placeError(error, { node });
    this.#handle('processing', error, { node });
  }

  schedule(node: string, { intervalMs, type }: PunctuationOptions, punctuate: Punctuator): Cancellable {
    if (!Number.isInteger(intervalMs) || intervalMs < 1) {
      const message = `Expected \`intervalMs\` to be a whole number from 1, got ${intervalMs}`;
      throw new MillraceError('TOPOLOGY_INVALID', message, { context: { node } });
    }
    if (type === 'streamTime') {
      return this.#streamTimePunctuations.add({ node, intervalMs, firstDueMs: 0, punctuate });
    }
    return this.#wallClockPunctuations.add({ node, intervalMs, firstDueMs: this.clock.now() + intervalMs, punctuate });
  }

  inFlight(node: string, limit: number): InFlight {
    if (!Number.isInteger(limit) || limit < 1) {
      const message = `Expected the limit of records in flight to be a whole number from 1, got ${limit}`;
      throw new MillraceError('TOPOLOGY_INVALID', message, { context: { node } });
    }
    this.#inFlight ??= new InFlightRecords(() => this.#source());
    this.#inFlight.onFinished = this.#onFinished;
    return this.#inFlight.open(node, limit);
  }

  /** Has a listener called whenever a record in flight has a result for `process` to go on with. */
  whenFinished(listener: () => void): void {
    this.#onFinished = listener;
    if (this.#inFlight !== null) this.#inFlight.onFinished = listener;
  }

  /** Forwards the updates that its tables hold back: to be done before a commit. Not while `process` is on its way. */
  flushCaches(): MaybePromise<void> {
    if (this.caches.size === 0) return;
    try {
      const pending = this.caches.flush();
      return pending === undefined ? undefined : placeRejection(pending, { task: this.name });
    } catch (error) {
      throw placeError(error, { task: this.name });
    }
  }

  /** Calls the punctuators that are due by the wall clock. Not while `process` is on its way. */
  punctuateWallClock(): MaybePromise<void> {
    return this.#punctuate(this.#wallClockPunctuations, this.clock.now());
  }

  /** Runs `init` of its processors. Call once, before the first record. */
  init(): void {
    this.#inTask(() => this.#graph.init());
  }

  /** Buffers a batch of one of its partitions. */
  addRecords(batch: ConsumedBatch): void {
    const queue = this.#queues.get(partitionName(batch.topic, batch.partition));
    if (queue === undefined) throw notAnInput(this.name, batch);
    const wasEmpty = queue.headConsumed === null;
    this.#inTask(() => queue.add(batch));
    if (wasEmpty && queue.headConsumed !== null) this.#group.entered(queue);
  }

  /**
   * Processes records and results while there are ready ones, at most `limit`. Returns how many. Stops at the first error, which has
   * task, node, topic, partition and offset in its context; the task is then not to be used further but closed.
   */
  process(limit: number): MaybePromise<number> {
    for (let processed = 0; processed < limit; processed++) {
      if (!this.ready) return processed;
      const pending = this.#processNext();
      if (pending !== undefined) return this.#processRest(pending, processed + 1, limit);
    }
    return limit;
  }

  /** Measures how late the last record was, if any was processed since the last call. Once for many records. */
  measureLateness(nowMs: number): void {
    if (this.counters.processed === this.#measuredRecords) return;
    this.#measuredRecords = this.counters.processed;
    this.lateness.record(Math.max(0, nowMs - this.#lastTimestamp), nowMs);
  }

  /** Runs `close` of its processors. Stores are closed by whoever opened them. */
  close(): void {
    this.#inTask(() => this.#graph.close());
  }

  async #processRest(pending: Promise<void>, from: number, limit: number): Promise<number> {
    await pending;
    for (let processed = from; processed < limit; processed++) {
      if (!this.ready) return processed;
      const next = this.#processNext();
      if (next !== undefined) await next;
    }
    return limit;
  }

  get #mayTake(): boolean {
    return this.takesRecords && this.#inFlight?.full !== true;
  }

  #processNext(): MaybePromise<void> {
    return this.#inFlight?.hasFinished === true ? this.#goOn(this.#inFlight.take()) : this.#processHead();
  }

  /** Goes on with a record that was in flight. */
  #goOn({ node, origin, step }: FinishedRecord): MaybePromise<void> {
    this.#origin = origin;
    try {
      const pending = step();
      if (pending !== undefined) return this.#finishStep(pending, node);
    } catch (error) {
      this.#handleStepError(error, node);
    }
    this.#origin = null;
  }

  async #finishStep(pending: Promise<void>, node: string): Promise<void> {
    try {
      await pending;
    } catch (error) {
      this.#handleStepError(error, node);
    }
    this.#origin = null;
  }

  #handleStepError(error: unknown, node: string): void {
    const origin = this.#origin;
    try {
      this.handleError(error, node);
    } catch (fatal) {
      const place =
        origin === null ? {} : { topic: origin.topic, partition: origin.partition, offset: origin.consumed.offset };
      throw placeError(fatal, { task: this.name, ...place });
    }
  }

  /** Where what is being processed came from; null for what a punctuator does. */
  #source(): FailedRecord | null {
    if (this.#consumed === null || this.#queue === null) return this.#origin;
    const { topic, partition } = this.#queue;
    return { topic, partition, consumed: this.#consumed };
  }

  #processHead(): MaybePromise<void> {
    const queue = this.#group.next();
    const consumed = queue.headConsumed as ConsumedRecord;
    const timestamp = queue.headTimestamp;
    this.#queue = queue;
    this.#consumed = consumed;
    this.#lastTimestamp = timestamp;
    if (timestamp > this.streamTimeMs) this.streamTimeMs = timestamp;
    try {
      const record = queue.take();
      this.#group.putBack(queue);
      const pending = queue.source.forward(record as never);
      if (pending !== undefined) return this.#finish(pending, queue, consumed);
    } catch (error) {
      throw placeError(error, this.#placeOf(queue, consumed));
    }
    this.counters.processed++;
    this.#consumed = null;
    if (this.streamTimeMs >= this.#streamTimePunctuations.nextDueMs) {
      return this.#punctuate(this.#streamTimePunctuations, this.streamTimeMs);
    }
  }

  async #finish(pending: Promise<void>, queue: RecordQueue, consumed: ConsumedRecord): Promise<void> {
    await placeRejection(pending, this.#placeOf(queue, consumed));
    this.counters.processed++;
    this.#consumed = null;
    if (this.streamTimeMs >= this.#streamTimePunctuations.nextDueMs) {
      await this.#punctuate(this.#streamTimePunctuations, this.streamTimeMs);
    }
  }

  #punctuate(punctuations: PunctuationQueue, nowMs: number): MaybePromise<void> {
    try {
      const pending = punctuations.punctuate(nowMs);
      return pending === undefined ? undefined : placeRejection(pending, { task: this.name });
    } catch (error) {
      throw placeError(error, { task: this.name });
    }
  }

  #placeOf(
    queue: RecordQueue,
    consumed: ConsumedRecord,
  ): { task: string; topic: string; partition: number; offset: number } {
    return { task: this.name, topic: queue.topic, partition: queue.partition, offset: consumed.offset };
  }

  #createQueue(input: TaskInput): RecordQueue {
    const source = this.#graph.sources.find(({ node }) => node.topics.includes(input.sourceTopic)) as TaskSource;
    return new RecordQueue({
      topic: input.topic,
      partition: input.partition,
      node: source.node,
      source: source.context,
      startOffset: input.startOffset,
      committedOffset: input.committedOffset,
      catchUpOffset: input.catchUpOffset ?? 0,
      onDropped: (reason) => this.recordDropped(reason),
      onUnreadable: this.#errorHandlers?.deserializesFirst === true ? this.#onUnreadable(input, source) : null,
    });
  }

  #handleProductionError(error: unknown, place: { node: string; topic: string }): void {
    // Without a policy it is an error of the node that wrote, named by who called it.
    if (this.#errorHandlers === null) throw error;
    this.#handle('production', error, place);
  }

  #onUnreadable(
    { topic, partition }: TaskInput,
    { node }: TaskSource,
  ): NonNullable<RecordQueueOptions['onUnreadable']> {
    return (error, consumed) => {
      const place = { task: this.name, node: node.name, topic, partition, offset: consumed.offset };
      const source = { topic, partition, consumed };
      this.#errorHandlers?.handle('deserialization', error, { place, source, counters: this.counters });
    };
  }

  #handle(kind: ErrorKind, error: unknown, place: ErrorContext): void {
    const { counters } = this;
    (this.#errorHandlers as ErrorHandlers).handle(kind, error, { place, source: this.#source(), counters });
  }

  #inTask<T>(step: () => T): T {
    try {
      return step();
    } catch (error) {
      throw placeError(error, { task: this.name });
    }
  }
}

function notAnInput(task: string, batch: ConsumedBatch): MillraceError {
  return new MillraceError('INTERNAL', 'Expected records of a partition that the task reads, got those of another', {
    context: { task, topic: batch.topic, partition: batch.partition },
  });
}
