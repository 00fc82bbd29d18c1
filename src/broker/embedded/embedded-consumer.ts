import { MillraceError } from '../../core/millrace-error.ts';
import { partitionName, type TopicPartition } from '../../core/topic-partition.ts';
import { PollLoop, type TakenBatch } from '../poll-loop.ts';
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

/** Reads the logs of the embedded broker. Waits for appends, not for time to pass. */
export class EmbeddedConsumer implements BrokerConsumer {
  readonly #registry: TopicRegistry;
  readonly #turn: EventLoopTurn;
  #assigned: readonly Assigned[] = [];
  readonly #loop = new PollLoop();
  #closed = false;

  constructor(registry: TopicRegistry, turn: EventLoopTurn) {
    this.#registry = registry;
    this.#turn = turn;
  }

  assign(positions: readonly PartitionOffset[]): void {
    this.#expectOpen();
    const assigned = positions.map(({ topic, partition, offset }): Assigned => {
      const log = this.#registry.log(topic, partition);
      const entry = { log, position: offset, paused: false, onAppend: () => entry.paused || this.#loop.lookAgain() };
      return entry;
    });
    this.#unassign();
    this.#assigned = assigned;
    for (const { log, onAppend } of assigned) log.onAppend.add(onAppend);
    this.#loop.lookAgain();
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const entry of this.#entriesOf(partitions)) entry.paused = true;
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const entry of this.#entriesOf(partitions)) entry.paused = false;
    this.#loop.lookAgain();
  }

  /** See `BrokerConsumer.poll`. A `wakeup` while no poll waits ends the next one. Throws LOG_CORRUPTED, BROKER_STORAGE too. */
  async poll(options: { maxWaitMs: number; maxBytes: number }): Promise<PollResult> {
    this.#expectOpen();
    if (this.#turn.isOver) await this.#turn.next();
    const batches = await this.#loop.poll(() => this.#fetch(options.maxBytes), options.maxWaitMs);
    const endOffsets = new Map<string, number>();
    for (const { log } of this.#assigned) endOffsets.set(log.name, log.nextOffset);
    return { batches, endOffsets };
  }

  wakeup(): void {
    this.#loop.wakeup();
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#unassign();
    this.#loop.lookAgain();
    return Promise.resolve();
  }

  #fetch(maxBytes: number): ConsumedBatch[] {
    this.#expectOpen();
    return this.#loop.takeInTurn(this.#assigned.filter(hasMore), maxBytes, takeFrom);
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

function takeFrom(entry: Assigned, maxBytes: number): TakenBatch {
  const { log } = entry;
  if (log.deleted) throw topicNotFound(log.topic);
  const { records, nextOffset, bytes } = log.read(entry.position, maxBytes);
  entry.position = nextOffset;
  return { batch: { topic: log.topic, partition: log.partition, records, nextOffset }, bytes };
}
