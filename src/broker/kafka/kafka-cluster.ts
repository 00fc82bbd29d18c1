import { MillraceError } from '../../core/millrace-error.ts';
import type { TopicPartition } from '../../core/topic-partition.ts';
import { type BrokerAddress, type OpenConnections, PlatformaticConnections } from './kafka-connections.ts';
import { KafkaLane } from './kafka-lane.ts';
import type { KafkaSecurity } from './kafka-security.ts';
import type { BrokerVersions, KafkaCall, KafkaRequest } from './kafka-request.ts';
import { findCoordinator, metadata } from './kafka-requests.ts';
import { type KafkaTopic, MetadataCache } from './metadata-cache.ts';
import { brokerRefused, COORDINATOR_MOVED, protocolErrorName } from './protocol-error.ts';

/** How to reach a cluster. */
export interface KafkaClusterOptions {
  /** Brokers to ask first; the others are found through them. */
  readonly bootstrap: readonly BrokerAddress[];
  /** What the brokers call this client in their logs and quotas. */
  readonly clientId: string;
  /** TLS and SASL, as the client library takes them. */
  readonly security?: KafkaSecurity;
  /** How connections are made; default by `@platformatic/kafka`, with `security`. */
  readonly openConnections?: OpenConnections;
  readonly connectTimeoutMs: number;
  /** How long one request may take. */
  readonly requestTimeoutMs: number;
  /** How long requests that found no broker, leader or coordinator are tried again. */
  readonly retryTimeoutMs: number;
}

/** A group or a transactional id; the broker that keeps it is its coordinator. */
export interface Coordinated {
  readonly kind: 'group' | 'transaction';
  readonly key: string;
}

/** A request to a coordinator, and how it is tried again. */
export interface CoordinatorCall<Arguments extends unknown[] | [], Response> {
  readonly request: KafkaRequest<Arguments, Response>;
  /** Asked anew for each try. */
  readonly args: () => Arguments;
  /** Errors that are worth another try, besides those of a coordinator that has moved or is loading. */
  readonly retry?: ReadonlySet<string>;
  /** Before the next try after one of `retry`; default 20. */
  readonly backoffMs?: number;
  /** Default `retryTimeoutMs` of the cluster. */
  readonly timeoutMs?: number;
}

const MOVED_BACKOFF_MS = 50;
const METADATA_TIMEOUT_MS = 10_000;
/** How long the first connection is tried: whoever starts wants to hear soon that the address is wrong. */
const FIRST_RETRY_MS = 10_000;
/** How long a topic that the broker does not know is asked for again: another instance may just have created it. */
const UNKNOWN_TOPIC_MS = 1500;

/**
 * A Kafka cluster: its brokers, the leaders of its partitions, the coordinators of its groups and transactional ids.
 *
 * Whoever talks to it opens a lane for each purpose and sends through it:
 *
 * ```ts
 * const lane = cluster.openLane({ requestTimeoutMs: rebalanceTimeoutMs + 10_000 });
 * const joined = await cluster.sendToCoordinator(lane, { kind: 'group', key: group }, { request: joinGroup, args: () => [...] });
 * const problem = protocolErrorName(joined.errorCode); // 'NONE', 'MEMBER_ID_REQUIRED', ...
 * ```
 *
 * A response with errors of the protocol is a response: only what concerns finding the right broker is dealt with here.
 * `brokerRefused` makes a `MillraceError` of what is left.
 */
export class KafkaCluster {
  readonly options: KafkaClusterOptions;
  readonly #lane: KafkaLane;
  readonly #lanes = new Set<KafkaLane>();
  readonly #coordinators = new Map<string, BrokerAddress>();
  readonly #cache = new MetadataCache();
  #brokers: ReadonlyMap<number, BrokerAddress> = new Map();
  #refreshing: Promise<void> | undefined;
  /** The broker that is asked first of those that can answer anything. */
  #first = 0;
  #retryTimeoutMs: number;
  #closed = false;

  private constructor(options: KafkaClusterOptions) {
    this.options = options;
    this.#retryTimeoutMs = Math.min(FIRST_RETRY_MS, options.retryTimeoutMs);
    this.#lane = this.openLane({ requestTimeoutMs: Math.min(METADATA_TIMEOUT_MS, options.requestTimeoutMs) });
  }

  /** Connects. Throws BROKER_UNAVAILABLE, BROKER_AUTHENTICATION, BROKER_TLS, BROKER_UNSUPPORTED. */
  static async connect(options: KafkaClusterOptions): Promise<KafkaCluster> {
    const cluster = new KafkaCluster(options);
    try {
      await cluster.refresh();
      cluster.#retryTimeoutMs = options.retryTimeoutMs;
      return cluster;
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }

  /** Ids of the brokers that are up as far as is known. */
  get brokerIds(): readonly number[] {
    return [...this.#brokers.keys()];
  }

  /** Connections of a purpose of their own; to be closed by whoever opened them, at the latest with the cluster. */
  openLane(options: { readonly requestTimeoutMs?: number } = {}): KafkaLane {
    this.expectOpen();
    const { clientId, connectTimeoutMs, security = {} } = this.options;
    const open = this.options.openConnections ?? ((settings) => new PlatformaticConnections(settings, security));
    const requestTimeoutMs = options.requestTimeoutMs ?? this.options.requestTimeoutMs;
    const lane = new KafkaLane(open({ clientId, connectTimeoutMs, requestTimeoutMs }));
    this.#lanes.add(lane);
    return lane;
  }

  /** Closes a lane. What waits on it ends with BROKER_CLOSED. */
  async closeLane(lane: KafkaLane): Promise<void> {
    this.#lanes.delete(lane);
    await lane.close();
  }

  /** Sends to a broker by its id. Throws as `KafkaLane.send`; an unknown id is BROKER_UNAVAILABLE. */
  send<Arguments extends unknown[], Response>(
    lane: KafkaLane,
    brokerId: number,
    call: KafkaCall<Arguments, Response>,
  ): Promise<Response> {
    return lane.send(this.#addressOf(brokerId), call);
  }

  /** What a broker speaks, any that answers. Which features are on is the same for all. */
  versionsOfAny(lane: KafkaLane): Promise<BrokerVersions> {
    return this.#askAny(lane, (broker) => lane.versionsOf(broker));
  }

  /** Sends to any broker that answers. Throws as `KafkaLane.send`, when none does for `retryTimeoutMs`. */
  sendToAny<Arguments extends unknown[], Response>(
    lane: KafkaLane,
    call: KafkaCall<Arguments, Response>,
  ): Promise<Response> {
    return this.#askAny(lane, (broker) => lane.send(broker, call));
  }

  /**
   * Sends to the coordinator of a group or transactional id, wherever it moves.
   * Resolves with the response, other errors of the protocol in it included. Throws as `KafkaLane.send`, and the last
   * error when the time is over.
   */
  async sendToCoordinator<Arguments extends unknown[] | [], Response>(
    lane: KafkaLane,
    of: Coordinated,
    call: CoordinatorCall<Arguments, Response>,
  ): Promise<Response> {
    const { request, retry, backoffMs = 20, timeoutMs = this.options.retryTimeoutMs } = call;
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      let waitMs = MOVED_BACKOFF_MS;
      try {
        const response = await lane.send(await this.#coordinatorOf(lane, of, deadlineMs), {
          request,
          args: call.args(),
        });
        const name = protocolErrorName(request.errorOf(response));
        const moved = COORDINATOR_MOVED.has(name);
        if (!moved && name !== 'COORDINATOR_LOAD_IN_PROGRESS' && !retry?.has(name)) return response;
        if (performance.now() > deadlineMs) throw notInTime(name, of, request.name);
        if (moved) this.#coordinators.delete(coordinatedName(of));
        else waitMs = backoffMs;
      } catch (error) {
        if (!isUnavailable(error) || performance.now() > deadlineMs) throw error;
        this.#coordinators.delete(coordinatedName(of));
      }
      await lane.pause(waitMs);
    }
  }

  /** A topic as last heard of. */
  cachedTopic(name: string): KafkaTopic | undefined {
    return this.#cache.topic(name);
  }

  /** The name of a topic by the id that requests have for it. */
  topicName(id: string): string | undefined {
    return this.#cache.nameOf(id);
  }

  /** The leader of a partition as last heard of; −1 where there is none. */
  leaderOf(topic: string, partition: number): number {
    return this.#cache.topic(topic)?.partitions[partition]?.leader ?? -1;
  }

  /** A topic, asked for where it is not known. Throws TOPIC_NOT_FOUND. */
  async topic(name: string): Promise<KafkaTopic> {
    const deadlineMs = performance.now() + UNKNOWN_TOPIC_MS;
    for (;;) {
      const known = this.#cache.topic(name);
      if (known !== undefined) return known;
      this.#cache.want(name);
      await this.refresh();
      if (this.#cache.topic(name) !== undefined) continue;
      if (performance.now() > deadlineMs) {
        const error = this.#cache.errorOf(name);
        this.#cache.forget(name);
        throw brokerRefused(error, `topic "${name}" to exist`, { context: { topic: name } });
      }
      await this.#lane.pause(MOVED_BACKOFF_MS);
    }
  }

  /** Expects partitions to be there. Throws TOPIC_NOT_FOUND, PARTITION_NOT_FOUND. */
  async expectPartitions(partitions: readonly TopicPartition[]): Promise<void> {
    for (const { topic, partition } of partitions) expectPartition(await this.topic(topic), partition);
  }

  /** Asks for brokers and leaders anew. Calls at the same time share one request. */
  refresh(): Promise<void> {
    this.expectOpen();
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** The names of all topics but internal ones. */
  async listTopics(): Promise<readonly string[]> {
    const response = await this.sendToAny(this.#lane, { request: metadata, args: [null, false, false] });
    return response.topics.filter(({ isInternal }) => !isInternal).map(({ name }) => name ?? '');
  }

  /** Forgets what is known of topics: they were created or deleted just now. */
  forgetTopics(names: readonly string[]): void {
    for (const name of names) this.#cache.forget(name);
  }

  /** Ends all that waits with BROKER_CLOSED. May be called twice. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#lanes].map((lane) => lane.close()));
    this.#lanes.clear();
  }

  /** Throws BROKER_CLOSED. */
  expectOpen(): void {
    if (this.#closed) throw new MillraceError('BROKER_CLOSED', 'Expected an open broker, got one that has been closed');
  }

  async #askAny<T>(lane: KafkaLane, ask: (broker: BrokerAddress) => Promise<T>): Promise<T> {
    const deadlineMs = performance.now() + this.#retryTimeoutMs;
    for (;;) {
      const brokers = [...this.#brokers.values(), ...this.options.bootstrap];
      for (let count = 0; count < brokers.length; count++) {
        try {
          return await ask(brokers[this.#first % brokers.length] as BrokerAddress);
        } catch (error) {
          if (!isUnavailable(error) || (performance.now() > deadlineMs && count === brokers.length - 1)) throw error;
          this.#first += 1;
        }
      }
      await lane.pause(MOVED_BACKOFF_MS);
    }
  }

  async #refresh(): Promise<void> {
    const names = this.#cache.wanted;
    const response = await this.sendToAny(this.#lane, { request: metadata, args: [[...names], false, false] });
    this.#brokers = new Map(response.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]));
    this.#cache.update(response.topics);
  }

  async #coordinatorOf(lane: KafkaLane, of: Coordinated, deadlineMs: number): Promise<BrokerAddress> {
    const name = coordinatedName(of);
    for (;;) {
      const known = this.#coordinators.get(name);
      if (known !== undefined) return known;
      const response = await this.sendToAny(lane, {
        request: findCoordinator,
        args: [of.kind === 'group' ? 0 : 1, [of.key]],
      });
      const [found] = response.coordinators;
      if (found !== undefined && found.errorCode === 0) {
        this.#coordinators.set(name, { host: found.host, port: found.port });
        continue;
      }
      const error = found?.errorCode ?? 0;
      const answer = protocolErrorName(error);
      if (!COORDINATOR_MOVED.has(answer)) throw brokerRefused(error, `a coordinator for ${of.kind} "${of.key}"`);
      if (performance.now() > deadlineMs) throw notInTime(answer, of, findCoordinator.name);
      await lane.pause(MOVED_BACKOFF_MS);
    }
  }

  #addressOf(brokerId: number): BrokerAddress {
    const address = this.#brokers.get(brokerId);
    if (address !== undefined) return address;
    throw new MillraceError('BROKER_UNAVAILABLE', `Expected broker ${brokerId} to be up, got a cluster without it`);
  }
}

/** A coordinator that is not ready, or is busy with what was before, for longer than anybody waits: it may be ready later. */
function notInTime(answer: string, of: Coordinated, request: string): MillraceError {
  const message = `Expected ${request} of ${of.kind} "${of.key}" to succeed in time, got ${answer}`;
  return new MillraceError('BROKER_UNAVAILABLE', message, { context: { [of.kind]: of.key } });
}

/** Whether another try, maybe with another broker, may succeed. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof MillraceError && error.code === 'BROKER_UNAVAILABLE';
}

/** Throws PARTITION_NOT_FOUND where a topic has fewer partitions. */
export function expectPartition(topic: KafkaTopic, partition: number): void {
  const count = topic.partitions.length;
  if (Number.isInteger(partition) && partition >= 0 && partition < count) return;
  throw new MillraceError(
    'PARTITION_NOT_FOUND',
    `Expected a partition < ${count} of topic "${topic.name}", got ${partition}`,
    { context: { topic: topic.name, partition } },
  );
}

function coordinatedName({ kind, key }: Coordinated): string {
  return `${kind} ${key}`;
}
