import { DirectoryLock } from '../../core/directory-lock.ts';
import { type Clock, systemClock } from '../../core/clock.ts';
import { type Logger, silentLogger } from '../../core/logger.ts';
import { type Scheduler, systemScheduler } from '../../core/scheduler.ts';
import { GroupMembership } from '../group/group-membership.ts';
import type { GroupMember, GroupOptions } from '../group-port.ts';
import type {
  Broker,
  BrokerAdmin,
  BrokerConsumer,
  BrokerProducer,
  TopicConfig,
  TransactionalProducer,
} from '../port.ts';
import { BatchCache } from './batch-cache.ts';
import { recoverBroker } from './broker-recovery.ts';
import { Checkpointer } from './checkpointer.ts';
import { EmbeddedAdmin } from './embedded-admin.ts';
import { EmbeddedConsumer } from './embedded-consumer.ts';
import { EmbeddedProducer } from './embedded-producer.ts';
import type { EmbeddedServices } from './embedded-services.ts';
import { EmbeddedTransactionalProducer, TransactionalIds } from './embedded-transactional-producer.ts';
import { EventLoopTurn } from './event-loop-turn.ts';
import { FileLogStorage } from './file-log-storage.ts';
import { EmbeddedGroupCoordinator, GroupCoordinators } from './group-coordinators.ts';
import { GROUP_OFFSETS_CONFIG, GROUP_OFFSETS_TOPIC, GroupOffsets } from './group-offsets.ts';
import { Journal } from './journal.ts';
import type { LogStorage } from './log-storage.ts';
import { LogWriter } from './log-writer.ts';
import { Maintenance } from './maintenance.ts';
import { MemoryLogStorage } from './memory-log-storage.ts';
import { TopicRegistry } from './topic-registry.ts';
import { DEFAULT_TOPIC_SETTINGS, resolveTopicSettings } from './topic-settings.ts';

/** How an embedded broker works. */
export interface EmbeddedBrokerOptions {
  /** What topics have that say nothing else. */
  readonly topicDefaults?: TopicConfig;
  /**
   * How often what was written is synced to the disk, in milliseconds; default 1000. Until then it is in the page cache of
   * the system: it survives any end of this process, `kill -9` included, but not a power failure. 0 acknowledges nothing
   * before it is on the disk.
   */
  readonly flushIntervalMs?: number;
  /** How often retention and compaction run, in milliseconds; default 30 000. 0 leaves it to calls of `maintain`. */
  readonly maintenanceIntervalMs?: number;
  /** How much of what was appended last, over all topics, is kept in memory for its readers; default 32 MiB. */
  readonly cacheBytes?: number;
  readonly clock?: Clock;
  /** What the sessions and heartbeats of groups go by. */
  readonly scheduler?: Scheduler;
  readonly logger?: Logger;
}

/** An embedded broker whose data is in a directory. */
export interface EmbeddedDirectoryOptions extends EmbeddedBrokerOptions {
  /** Made where it does not exist. One process at a time may have it open. */
  readonly directory: string;
}

/** A lock to be given back when the broker closes. */
interface Lock {
  release(): void;
}

const DEFAULT_CACHE_BYTES = 32 * 1024 * 1024;
const MEMORY_DEFAULTS: TopicConfig = { 'segment.bytes': 4 * 1024 * 1024 };

/**
 * A broker inside this process: partitioned, checksummed logs in a directory or in memory, with transactions, compaction
 * and retention.
 */
export class EmbeddedBroker implements Broker {
  readonly admin: BrokerAdmin;
  readonly #services: EmbeddedServices;
  readonly #storage: LogStorage;
  readonly #lock: Lock | undefined;
  readonly #checkpointer: Checkpointer;
  readonly #maintenance: Maintenance;
  readonly #logger: Logger;
  readonly #scheduler: Scheduler;
  readonly #transactionalIds = new TransactionalIds();
  readonly #timers: NodeJS.Timeout[] = [];
  #closing: Promise<void> | undefined;

  private constructor(parts: {
    services: EmbeddedServices;
    storage: LogStorage;
    lock: Lock | undefined;
    checkpointer: Checkpointer;
    maintenance: Maintenance;
    logger: Logger;
    scheduler: Scheduler;
  }) {
    this.#services = parts.services;
    this.#storage = parts.storage;
    this.#lock = parts.lock;
    this.#checkpointer = parts.checkpointer;
    this.#maintenance = parts.maintenance;
    this.#logger = parts.logger;
    this.#scheduler = parts.scheduler;
    this.admin = new EmbeddedAdmin(parts.services);
  }

  /**
   * Opens the broker of a directory and recovers what a crash left.
   * Throws BROKER_LOCKED, LOG_CORRUPTED, BROKER_STORAGE.
   */
  static async open(options: EmbeddedDirectoryOptions): Promise<EmbeddedBroker> {
    const lock = DirectoryLock.take(options.directory, { locked: 'BROKER_LOCKED', storage: 'BROKER_STORAGE' });
    const storage = new FileLogStorage(options.directory);
    try {
      return await EmbeddedBroker.openStorage(storage, options, lock);
    } catch (error) {
      storage.close();
      lock.release();
      throw error;
    }
  }

  /** A broker whose data is in memory and ends with it. Segments are of 4 MiB, so that deleted records free memory soon. */
  static inMemory(options: EmbeddedBrokerOptions = {}): Promise<EmbeddedBroker> {
    const topicDefaults = { ...MEMORY_DEFAULTS, ...options.topicDefaults };
    return EmbeddedBroker.openStorage(new MemoryLogStorage(), {
      ...options,
      topicDefaults,
      flushIntervalMs: 1000,
      cacheBytes: 0,
    });
  }

  /** A broker over any storage; what `open` and `inMemory` use. Throws LOG_CORRUPTED, BROKER_STORAGE. */
  static async openStorage(
    storage: LogStorage,
    options: EmbeddedBrokerOptions = {},
    lock?: Lock,
  ): Promise<EmbeddedBroker> {
    const {
      clock = systemClock,
      logger = silentLogger,
      scheduler = systemScheduler,
      flushIntervalMs = 1000,
      maintenanceIntervalMs = 30_000,
    } = options;
    const defaults = resolveTopicSettings('(defaults)', options.topicDefaults ?? {}, DEFAULT_TOPIC_SETTINGS);
    const recovered = recoverBroker(storage, { logger, nowMs: clock.now() });
    const cache = new BatchCache(options.cacheBytes ?? DEFAULT_CACHE_BYTES);
    const registry = new TopicRegistry({ storage, clock, cache, defaults }, recovered.topics);
    const journal = new Journal(storage, recovered.journalGeneration);
    const writer = new LogWriter(journal, recovered.lastTransactionId);
    const checkpointer = new Checkpointer({ storage, registry, writer, journal });
    await checkpointer.run({ always: recovered.needsCheckpoint });
    const topic =
      registry.find(GROUP_OFFSETS_TOPIC) ??
      (await registry.create({ name: GROUP_OFFSETS_TOPIC, partitions: 1, config: GROUP_OFFSETS_CONFIG }));
    const groupOffsets = new GroupOffsets(registry.log(topic.name, 0));
    groupOffsets.load();
    const acknowledge = flushIntervalMs === 0 ? () => checkpointer.run() : () => undefined;
    const coordinators = new GroupCoordinators(scheduler);
    const turn = new EventLoopTurn();
    const services = { registry, writer, groupOffsets, coordinators, clock, turn, acknowledge };
    const maintenance = new Maintenance({ storage, registry, writer, checkpointer, clock, logger });
    const broker = new EmbeddedBroker({ services, storage, lock, checkpointer, maintenance, logger, scheduler });
    broker.#every(flushIntervalMs, () => checkpointer.run());
    broker.#every(maintenanceIntervalMs, () => maintenance.run());
    return broker;
  }

  async openConsumer(): Promise<BrokerConsumer> {
    this.#services.registry.expectOpen();
    return new EmbeddedConsumer(this.#services.registry, this.#services.turn);
  }

  async openProducer(): Promise<BrokerProducer> {
    this.#services.registry.expectOpen();
    return new EmbeddedProducer(this.#services);
  }

  async openTransactionalProducer(transactionalId: string): Promise<TransactionalProducer> {
    this.#services.registry.expectOpen();
    return new EmbeddedTransactionalProducer(this.#services, this.#transactionalIds, transactionalId);
  }

  async joinGroup(options: GroupOptions): Promise<GroupMember> {
    const { registry, coordinators } = this.#services;
    registry.expectOpen();
    const group = coordinators.group(options.group);
    const coordinator = new EmbeddedGroupCoordinator(group, options, () => registry.expectOpen());
    return new GroupMembership(options, { coordinator, scheduler: this.#scheduler }).start();
  }

  /** Runs retention and compaction now. Throws LOG_CORRUPTED, BROKER_STORAGE. */
  maintain(): Promise<void> {
    this.#services.registry.expectOpen();
    return this.#maintenance.run();
  }

  /** Syncs what was written to the disk now. Throws BROKER_STORAGE. */
  flush(): Promise<void> {
    this.#services.registry.expectOpen();
    return this.#checkpointer.run();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#services.registry.close();
    this.#services.coordinators.close();
    try {
      await this.#maintenance.stop();
      await this.#checkpointer.run();
    } finally {
      this.#storage.close();
      this.#lock?.release();
    }
  }

  #every(intervalMs: number, action: () => Promise<void>): void {
    if (intervalMs === 0) return;
    const timer = setInterval(() => {
      action().catch((error: unknown) =>
        this.#logger.error('The embedded broker could not look after its files', { error }),
      );
    }, intervalMs);
    timer.unref();
    this.#timers.push(timer);
  }
}
