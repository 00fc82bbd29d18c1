import { MillraceError } from '../../core/millrace-error.ts';
import { partitionName, type TopicPartition } from '../../core/topic-partition.ts';
import type { BrokerConsumer, ConsumedBatch, PartitionOffset, PollResult } from '../port.ts';
import type { EventLoopTurn } from './event-loop-turn.ts';
import type { PartitionLog } from './partition-log.ts';
import { topicNotFound, type TopicRegistry } from './topic-registry.ts';

/** A partition that the consumer reads. */
interface Assigned {
  readonly log: PartitionLog;
  readonly onAppend: () => void;
  position: number;
  paused: boolean;
}

// Timers of Node go off at once when they are set for longer.
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Reads the logs of the embedded broker. Waits for appends, not for time to pass. */
export class EmbeddedConsumer implements BrokerConsumer {
  readonly #registry: TopicRegistry;
  readonly #turn: EventLoopTurn;
  #assigned: readonly Assigned[] = [];
  /** The partition that is asked first, another one each time. */
  #first = 0;
  #wake: (() => void) | undefined;
  #wakeupPending = false;
  #closed = false;

  constructor(registry: TopicRegistry, turn: EventLoopTurn) {
    this.#registry = registry;
    this.#turn = turn;
  }

  assign(positions: readonly PartitionOffset[]): void {
    this.#expectOpen();
    const assigned = positions.map(({ topic, partition, offset }): Assigned => {
      const log = this.#registry.log(topic, partition);
      const entry = { log, position: offset, paused: false, onAppend: () => entry.paused || this.#wake?.() };
      return entry;
    });
    this.#unassign();
    this.#assigned = assigned;
    for (const { log, onAppend } of assigned) log.onAppend.add(onAppend);
    this.#wake?.();
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const entry of this.#entriesOf(partitions)) entry.paused = true;
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const entry of this.#entriesOf(partitions)) entry.paused = false;
    this.#wake?.();
  }

  /** See `BrokerConsumer.poll`. A `wakeup` while no poll waits ends the next one. Throws LOG_CORRUPTED, BROKER_STORAGE too. */
  async poll(options: { maxWaitMs: number; maxBytes: number }): Promise<PollResult> {
    this.#expectOpen();
    if (this.#turn.isOver) await this.#turn.next();
    const deadlineMs = performance.now() + options.maxWaitMs;
    let batches = this.#fetch(options.maxBytes);
    while (batches.length === 0 && !this.#wakeupPending) {
      const restMs = deadlineMs - performance.now();
      if (restMs <= 0) break;
      await this.#wait(restMs);
      this.#expectOpen();
      batches = this.#fetch(options.maxBytes);
    }
    this.#wakeupPending = false;
    const endOffsets = new Map<string, number>();
    for (const { log } of this.#assigned) endOffsets.set(log.name, log.nextOffset);
    return { batches, endOffsets };
  }

  wakeup(): void {
    this.#wakeupPending = true;
    this.#wake?.();
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#unassign();
    this.#wake?.();
    return Promise.resolve();
  }

  #fetch(maxBytes: number): ConsumedBatch[] {
    const ready = this.#assigned.filter(hasMore);
    const batches: ConsumedBatch[] = [];
    let rest = maxBytes;
    this.#first += 1;
    for (let count = 0; count < ready.length && (rest > 0 || batches.length === 0); count++) {
      const entry = ready[(this.#first + count) % ready.length] as Assigned;
      const { log } = entry;
      try {
        if (log.deleted) throw topicNotFound(log.topic);
        const { records, nextOffset, bytes } = log.read(
          entry.position,
          Math.max(1, Math.ceil(rest / (ready.length - count))),
        );
        entry.position = nextOffset;
        rest -= bytes;
        batches.push({ topic: log.topic, partition: log.partition, records, nextOffset });
      } catch (error) {
        // What was read before is handed out; the error comes up again, and at the latest when this partition is the first.
        if (batches.length === 0) throw error;
        break;
      }
    }
    return batches;
  }

  #wait(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake?.(), Math.min(waitMs, MAX_TIMER_MS));
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
    });
  }

  #entriesOf(partitions: readonly TopicPartition[]): readonly Assigned[] {
    this.#expectOpen();
    const names = new Set(partitions.map(({ topic, partition }) => partitionName(topic, partition)));
    return this.#assigned.filter(({ log }) => names.has(log.name));
  }

  #unassign(): void {
    for (const { log, onAppend } of this.#assigned) log.onAppend.delete(onAppend);
    this.#assigned = [];
  }

  #expectOpen(): void {
    this.#registry.expectOpen();
    if (this.#closed)
      throw new MillraceError('BROKER_CLOSED', 'Expected an open consumer, got one that has been closed');
  }
}

function hasMore(entry: Assigned): boolean {
  return !entry.paused && (entry.position !== entry.log.nextOffset || entry.log.deleted);
}
