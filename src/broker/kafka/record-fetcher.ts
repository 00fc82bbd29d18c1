import { MillraceError } from '../../core/millrace-error.ts';
import type { AssignedPartition } from './assigned-partition.ts';
import { type FetchedPartition, fetch, type FetchPosition, type FetchResponse } from './fetch-request.ts';
import { expectPartition, isUnavailable } from './kafka-cluster.ts';
import type { KafkaLane } from './kafka-lane.ts';
import type { KafkaServices } from './kafka-services.ts';
import { brokerRefused, LEADER_MOVED, protocolErrorName } from './protocol-error.ts';

/** How much of one partition is fetched at a time and ahead, in bytes. */
const PARTITION_BYTES = 1024 * 1024;
const RESPONSE_BYTES = 16 * 1024 * 1024;
/** How long a leader waits for the first record. */
const LONG_WAIT_MS = 500;
/** The same while other partitions of the leader have enough for now, but may want more at any time. */
const SHORT_WAIT_MS = 20;
const BACKOFF_MS = 50;

/**
 * Keeps one fetch under way at each leader, for all partitions that have room. It goes on while records are processed, so
 * that the next ones are there when they are asked for. What comes for partitions of an earlier assignment is dropped.
 */
export class RecordFetcher {
  readonly #services: KafkaServices;
  /** Two that assignments take in turn, so that a new one need not wait for an answer to the one before. */
  readonly #lanes: readonly KafkaLane[];
  readonly #onFetched: () => void;
  /** Leaders that have a fetch, by the lane that it is on. */
  readonly #busyLeaders = [new Set<number>(), new Set<number>()];
  #turn = 0;
  /** The partition that is asked for first, another one each time. */
  #first = 0;
  #assigned: readonly AssignedPartition[] = [];
  #locating: Promise<void> | undefined;
  #closed = false;

  /** `onFetched` is told when there is something new, or an error. */
  constructor(services: KafkaServices, onFetched: () => void) {
    this.#services = services;
    const requestTimeoutMs = services.cluster.options.requestTimeoutMs + LONG_WAIT_MS;
    this.#lanes = this.#busyLeaders.map(() => services.cluster.openLane({ requestTimeoutMs }));
    this.#onFetched = onFetched;
  }

  /** Replaces what is fetched. */
  assign(assigned: readonly AssignedPartition[]): void {
    this.#assigned = assigned;
    this.#turn = 1 - this.#turn;
    this.fetch();
  }

  /** Asks leaders that are not busy for what there is room for. To be called when room has been made. */
  fetch(): void {
    if (this.#closed) return;
    const { cluster } = this.#services;
    let buffered = 0;
    for (const partition of this.#assigned) buffered += partition.bufferedBytes;
    const byLeader = new Map<number, AssignedPartition[]>();
    const waiting = new Set<number>();
    let isLost = false;
    // A leader gives a record that is larger than what is fetched at a time only to the first partition that has any.
    this.#first += 1;
    for (let count = 0; count < this.#assigned.length; count++) {
      const partition = this.#assigned[(this.#first + count) % this.#assigned.length] as AssignedPartition;
      if (partition.error !== undefined) continue;
      const leader = cluster.leaderOf(partition.topic, partition.partition);
      if (leader === -1) isLost = true;
      else if (this.#hasRoom(partition, buffered)) push(byLeader, leader, partition);
      else waiting.add(leader);
    }
    for (const [leader, partitions] of byLeader) {
      if (!this.#busyLeaders[this.#turn]?.has(leader)) void this.#fetchFrom(leader, partitions, waiting.has(leader));
    }
    if (isLost) void this.#locate();
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#assigned = [];
    await Promise.all(this.#lanes.map((lane) => this.#services.cluster.closeLane(lane)));
  }

  /** A partition that is not paused may always fetch when it has nothing, so that none starves. */
  #hasRoom(partition: AssignedPartition, buffered: number): boolean {
    if (partition.bufferedBytes === 0 && !partition.paused) return true;
    return partition.bufferedBytes < PARTITION_BYTES && buffered < this.#services.prefetchBytes;
  }

  async #fetchFrom(leader: number, partitions: readonly AssignedPartition[], isShort: boolean): Promise<void> {
    const turn = this.#turn;
    this.#busyLeaders[turn]?.add(leader);
    const { cluster } = this.#services;
    // The first answer tells the end of a partition, so it comes at once.
    const isNew = partitions.some(({ endOffset }) => endOffset === undefined);
    const maxWaitMs = isNew ? 0 : isShort ? SHORT_WAIT_MS : LONG_WAIT_MS;
    const limits = { maxWaitMs, maxBytes: RESPONSE_BYTES };
    const positions = partitions.map(({ topic, partition, fetchOffset }): FetchPosition => ({
      topicId: cluster.cachedTopic(topic)?.id ?? '',
      partition,
      offset: fetchOffset,
      maxBytes: PARTITION_BYTES,
    }));
    let mustLocate = false;
    try {
      const lane = this.#lanes[turn] as KafkaLane;
      const response = await cluster.send(lane, leader, { request: fetch, args: [limits, positions] });
      mustLocate = this.#receive(response, partitions);
    } catch (error) {
      mustLocate = isUnavailable(error);
      if (!mustLocate) this.#fail(partitions, error);
    }
    if (mustLocate) await this.#locate();
    this.#busyLeaders[turn]?.delete(leader);
    this.fetch();
  }

  /** Returns whether leaders have to be looked up anew. */
  #receive(response: FetchResponse, partitions: readonly AssignedPartition[]): boolean {
    const { cluster } = this.#services;
    if (response.errorCode !== 0) throw brokerRefused(response.errorCode, 'a fetch to succeed');
    const current = new Set(this.#assigned);
    const asked = new Map(partitions.map((partition) => [partition.name, partition]));
    let hasNews = false;
    let mustLocate = false;
    for (const answer of response.partitions) {
      const partition = asked.get(`${cluster.topicName(answer.topicId)}-${answer.partition}`);
      if (partition === undefined) mustLocate = true;
      if (partition === undefined || !current.has(partition)) continue;
      const name = protocolErrorName(answer.errorCode);
      if (LEADER_MOVED.has(name)) mustLocate = true;
      else if (answer.errorCode !== 0) partition.error = cannotFetch(partition, answer);
      const isFirst = partition.endOffset === undefined;
      if (answer.errorCode === 0 && (partition.receive(answer) || isFirst)) hasNews = true;
      if (partition.error !== undefined) hasNews = true;
    }
    if (hasNews) this.#onFetched();
    return mustLocate;
  }

  /** Finds topics and leaders. Topics that are gone become errors of their partitions. */
  #locate(): Promise<void> {
    this.#locating ??= this.#findLeaders().finally(() => {
      this.#locating = undefined;
      this.fetch();
    });
    return this.#locating;
  }

  async #findLeaders(): Promise<void> {
    const { cluster } = this.#services;
    try {
      await this.#lanes[0]?.pause(BACKOFF_MS);
      await cluster.refresh();
      for (const partition of this.#assigned) {
        try {
          expectPartition(await cluster.topic(partition.topic), partition.partition);
        } catch (error) {
          if (!isUnavailable(error)) this.#fail([partition], error);
        }
      }
    } catch (error) {
      if (!isUnavailable(error)) this.#fail(this.#assigned, error);
    }
  }

  #fail(partitions: readonly AssignedPartition[], error: unknown): void {
    const { code } = error as MillraceError;
    if (this.#closed || code === 'BROKER_CLOSED') return this.#onFetched();
    for (const partition of partitions) partition.error ??= error as MillraceError;
    this.#onFetched();
  }
}

function push(byLeader: Map<number, AssignedPartition[]>, leader: number, partition: AssignedPartition): void {
  const partitions = byLeader.get(leader);
  if (partitions === undefined) byLeader.set(leader, [partition]);
  else partitions.push(partition);
}

function cannotFetch(partition: AssignedPartition, answer: FetchedPartition): MillraceError {
  const { topic, partition: number, fetchOffset, name } = partition;
  const context = { topic, partition: number, offset: fetchOffset };
  if (protocolErrorName(answer.errorCode) !== 'OFFSET_OUT_OF_RANGE')
    return brokerRefused(answer.errorCode, `${name} to be read`, { context });
  return new MillraceError('OFFSET_OUT_OF_RANGE', `Expected offset ${fetchOffset} of ${name} to be there, got none`, {
    context,
  });
}
