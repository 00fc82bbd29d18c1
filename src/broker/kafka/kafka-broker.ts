import { type Logger, silentLogger } from '../../core/logger.ts';
import { systemScheduler } from '../../core/scheduler.ts';
import { GroupMembership } from '../group/group-membership.ts';
import type { GroupMember, GroupOptions } from '../group-port.ts';
import type { Broker, BrokerAdmin, BrokerConsumer, BrokerProducer, TransactionalProducer } from '../port.ts';
import type { Compression } from './compression.ts';
import { KafkaAdmin } from './kafka-admin.ts';
import { KafkaCluster } from './kafka-cluster.ts';
import { KafkaConsumer } from './kafka-consumer.ts';
import { KafkaGroupCoordinator } from './kafka-group-coordinator.ts';
import type { BrokerAddress, OpenConnections } from './kafka-connections.ts';
import type { KafkaSecurity } from './kafka-security.ts';
import { KafkaProducer } from './kafka-producer.ts';
import type { KafkaServices } from './kafka-services.ts';
import { KafkaTransactionalProducer } from './kafka-transactional-producer.ts';

/** How to work with a Kafka cluster. */
export interface KafkaBrokerOptions {
  /** Brokers to ask first; the others are found through them. */
  readonly brokers: readonly BrokerAddress[];
  /** What the brokers call this client in their logs and quotas; default `millrace`. */
  readonly clientId?: string;
  /** How records are compressed; default `none`. */
  readonly compression?: Compression;
  /** How many replicas new topics get; default −1, the broker's own default. */
  readonly replicationFactor?: number;
  /** How long a transaction may be open until the broker aborts it, in milliseconds; default 60 000. */
  readonly transactionTimeoutMs?: number;
  /** How long one request may take, in milliseconds; default 30 000. */
  readonly requestTimeoutMs?: number;
  /** How long brokers, leaders and coordinators that do not answer are tried again, in milliseconds; default 60 000. */
  readonly retryTimeoutMs?: number;
  /** How long a record is tried again until it fails, in milliseconds; default 120 000. */
  readonly deliveryTimeoutMs?: number;
  /** About how large a batch of records may be before compression, in bytes; default 900 000. */
  readonly batchBytes?: number;
  /** How much a consumer fetches ahead, in bytes; default 32 MiB. */
  readonly prefetchBytes?: number;
  /** TLS and SASL; absent means neither. */
  readonly security?: KafkaSecurity;
  /** How connections are made; default by `@platformatic/kafka`, with `security`. */
  readonly openConnections?: OpenConnections;
  readonly logger?: Logger;
}

const CONNECT_TIMEOUT_MS = 5000;
const DEFAULT_PREFETCH_BYTES = 32 * 1024 * 1024;

/**
 * A Kafka cluster (3.5 and newer) as a broker: idempotent and transactional producers, committed records only.
 *
 * On `@platformatic/kafka`, of which connections and codecs are used: its own consumer and producer leak records of aborted
 * transactions and hang when a leader moves.
 */
export class KafkaBroker implements Broker {
  readonly admin: BrokerAdmin;
  readonly #services: KafkaServices;
  #closing: Promise<void> | undefined;

  private constructor(services: KafkaServices) {
    this.#services = services;
    this.admin = new KafkaAdmin(services);
  }

  /** Connects. Throws BROKER_UNAVAILABLE, BROKER_AUTHENTICATION, BROKER_TLS, BROKER_UNSUPPORTED. */
  static async connect(options: KafkaBrokerOptions): Promise<KafkaBroker> {
    const cluster = await KafkaCluster.connect({
      bootstrap: options.brokers,
      clientId: options.clientId ?? 'millrace',
      security: options.security ?? {},
      ...(options.openConnections === undefined ? {} : { openConnections: options.openConnections }),
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      requestTimeoutMs: options.requestTimeoutMs ?? 30_000,
      retryTimeoutMs: options.retryTimeoutMs ?? 60_000,
    });
    return new KafkaBroker({
      cluster,
      logger: options.logger ?? silentLogger,
      openParts: new Set(),
      compression: options.compression ?? 'none',
      batchBytes: options.batchBytes ?? 900_000,
      deliveryTimeoutMs: options.deliveryTimeoutMs ?? 120_000,
      transactionTimeoutMs: options.transactionTimeoutMs ?? 60_000,
      replicationFactor: options.replicationFactor ?? -1,
      prefetchBytes: options.prefetchBytes ?? DEFAULT_PREFETCH_BYTES,
    });
  }

  async openConsumer(): Promise<BrokerConsumer> {
    this.#services.cluster.expectOpen();
    return new KafkaConsumer(this.#services);
  }

  async openProducer(): Promise<BrokerProducer> {
    this.#services.cluster.expectOpen();
    return KafkaProducer.open(this.#services);
  }

  async openTransactionalProducer(transactionalId: string): Promise<TransactionalProducer> {
    this.#services.cluster.expectOpen();
    return KafkaTransactionalProducer.open(this.#services, transactionalId);
  }

  async joinGroup(options: GroupOptions): Promise<GroupMember> {
    this.#services.cluster.expectOpen();
    const coordinator = new KafkaGroupCoordinator(this.#services, options);
    return new GroupMembership(options, { coordinator, scheduler: systemScheduler }).start();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.allSettled([...this.#services.openParts].map((part) => part.close()));
    await this.#services.cluster.close();
  }
}
