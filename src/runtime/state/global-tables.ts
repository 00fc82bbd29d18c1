import { join } from 'node:path';
import type { BrokerConsumer, ConsumedBatch, TopicDescription } from '../../broker/port.ts';
import { partitionForKey } from '../../core/murmur2.ts';
import { partitionName, type TopicPartition } from '../../core/topic-partition.ts';
import type { GlobalRows } from '../../processor/processor.ts';
import type { Datum } from '../../serde/datum.ts';
import type { BufferedStore } from '../../store/layers/buffered-store.ts';
import type { TimestampedDatum } from '../../store/store.ts';
import type { GlobalTable } from '../../topology/topology.ts';
import { applicationDirectory } from './application-directory.ts';
import { CleanupStack } from '../cleanup-stack.ts';
import { changelogRanges } from './changelog-range.ts';
import { restoreStores } from './restore.ts';
import { isRetriable } from '../errors/retriable-error.ts';
import { retried, type RetryOptions } from '../errors/retried.ts';
import type { RuntimeEnvironment } from '../runtime-environment.ts';
import { hasKey } from './store-replay.ts';
import { openTaskStore, type TaskStore, type TaskStorePlan } from './task-store.ts';

/** The place of global stores among those of tasks. In a worker its thread's number follows: files have one owner. */
const GLOBAL_TASK = 'global';

/**
 * The global tables of an application: each topic is read in full by every event loop, into a store for each of its
 * partitions, whose position is the offset in the topic itself. They are loaded to the end when they open, then followed.
 */
export class GlobalTables {
  /** How many records were loaded when they opened. */
  readonly restored: number;
  readonly #stores: readonly TaskStore[];
  readonly #byPartition: ReadonlyMap<string, BufferedStore<any, any>>;
  readonly #consumer: BrokerConsumer;
  #following: Promise<void> | null = null;
  readonly #retry: Omit<RetryOptions, 'unwanted'>;
  #closing = false;

  private constructor(
    stores: readonly TaskStore[],
    consumer: BrokerConsumer,
    rest: { restored: number; environment: RuntimeEnvironment },
  ) {
    const { restored, environment } = rest;
    const { clock, config } = environment;
    this.#retry = { clock, timeoutMs: config.taskTimeoutMs, retriable: isRetriable };
    this.#stores = stores;
    this.#consumer = consumer;
    this.restored = restored;
    this.#byPartition = new Map(stores.map(({ plan, store }) => [nameOf(plan.changelog as TopicPartition), store]));
  }

  /** Opens and loads the tables of a topology; null where it has none. The topics must exist. */
  static async open(options: RuntimeEnvironment): Promise<GlobalTables | null> {
    const { topology, broker, listener, logger, signal } = options;
    const tables = [...topology.globalTables.values()];
    if (tables.length === 0) return null;
    const topics = await broker.admin.describeTopics(tables.map(({ topic }) => topic));
    const plans = tables.flatMap((table) => plansOf(table, topics.get(table.topic) as TopicDescription, options));
    const partitions = plans.map(({ changelog }) => changelog as TopicPartition);
    const ranges = await changelogRanges(broker, partitions);
    const cleanup = new CleanupStack();
    try {
      const stores: TaskStore[] = [];
      for (const plan of plans) {
        const opened = await openTaskStore(plan, ranges.get(nameOf(plan.changelog as TopicPartition)) ?? null, logger);
        stores.push(opened);
        cleanup.defer(() => opened.store.close());
      }
      const restored = await restoreStores(stores, { broker, listener, signal });
      const consumer = await broker.openConsumer();
      cleanup.defer(() => consumer.close());
      consumer.assign(
        stores.map(({ plan, store }) => {
          const place = plan.changelog as TopicPartition;
          return { ...place, offset: store.position ?? ranges.get(nameOf(place))?.endOffset ?? 0 };
        }),
      );
      return new GlobalTables(stores, consumer, { restored, environment: options });
    } catch (error) {
      await cleanup.run().catch(() => undefined);
      throw error;
    }
  }

  /** The rows of each table, by the name of its store. */
  rows(): ReadonlyMap<string, GlobalRows<any, any>> {
    const names = new Set(this.#stores.map(({ plan }) => plan.spec.name));
    return new Map([...names].map((name) => [name, new PartitionedRows(this.stores(name))]));
  }

  /** The stores of a table, one for each partition; none for a name that is not that of a global table. */
  stores(name: string): readonly BufferedStore<any, any>[] {
    return this.taskStores(name).map(({ store }) => store);
  }

  /** The same with where each is kept and what it is made from. */
  taskStores(name: string): readonly TaskStore[] {
    return this.#stores.filter(({ plan }) => plan.spec.name === name);
  }

  /** Begins to follow the topics. `onFailure` is told when that fails. */
  follow(options: { pollMaxWaitMs: number; fetchMaxBytes: number; onFailure: (error: unknown) => void }): void {
    this.#following = this.#poll(options.pollMaxWaitMs, options.fetchMaxBytes).catch(options.onFailure);
  }

  /** Stops following and closes the stores: all of them, then throws the first error. */
  async close(): Promise<void> {
    this.#closing = true;
    const cleanup = new CleanupStack();
    for (const { store } of this.#stores) cleanup.defer(() => store.close());
    cleanup.defer(() => this.#consumer.close());
    cleanup.defer(async () => {
      this.#consumer.wakeup();
      await this.#following;
    });
    await cleanup.run();
  }

  async #poll(pollMaxWaitMs: number, fetchMaxBytes: number): Promise<void> {
    while (!this.#closing) {
      const { batches } = await retried(
        () => this.#consumer.poll({ maxWaitMs: pollMaxWaitMs, maxBytes: fetchMaxBytes }),
        {
          ...this.#retry,
          unwanted: () => this.#closing,
        },
      );
      for (const batch of batches) await this.#apply(batch);
    }
  }

  async #apply(batch: ConsumedBatch): Promise<void> {
    const store = this.#byPartition.get(nameOf(batch)) as BufferedStore<any, any>;
    await store.restore(batch.records.filter(hasKey), batch.nextOffset);
  }
}

/** Looks a key up in the partition it belongs to, then in the others: its writer may have a partitioner of its own. */
class PartitionedRows<K, V> implements GlobalRows<K, V> {
  readonly #partitions: readonly BufferedStore<K, V>[];

  constructor(partitions: readonly BufferedStore<K, V>[]) {
    this.#partitions = partitions;
  }

  get(key: Datum<K>): TimestampedDatum<V> | null {
    const first = this.#partitions[0] as BufferedStore<K, V>;
    if (this.#partitions.length === 1) return first.get(key);
    const own = this.#partitions[partitionForKey(key.bytes(first.keySerde), this.#partitions.length)];
    const found = own?.get(key) ?? null;
    if (found !== null) return found;
    for (const partition of this.#partitions) {
      const elsewhere = partition === own ? null : partition.get(key);
      if (elsewhere !== null) return elsewhere;
    }
    return null;
  }
}

function plansOf(table: GlobalTable, topic: TopicDescription, options: RuntimeEnvironment): TaskStorePlan[] {
  const { config, storeBackend, memoryBackend, worker } = options;
  const { store: spec } = table;
  const place = worker === null ? GLOBAL_TASK : `${GLOBAL_TASK}-${worker.index}`;
  const directory = join(applicationDirectory(config), place);
  return Array.from({ length: topic.partitions }, (_, partition) => ({
    spec,
    task: GLOBAL_TASK,
    backend: spec.storage === 'memory' ? memoryBackend : storeBackend,
    directory: join(directory, `${spec.name}-${partition}`),
    changelog: { topic: table.topic, partition },
    fromSource: true,
    cacheBytes: spec.storage === 'memory' ? 0 : config.storeCacheBytes,
  }));
}

function nameOf({ topic, partition }: TopicPartition): string {
  return partitionName(topic, partition);
}
