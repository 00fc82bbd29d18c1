import type { ProducedRecord } from '../broker/port.ts';
import { andThen } from '../core/maybe-promise.ts';
import { MillraceError } from '../core/millrace-error.ts';
import { LocalSchemaRegistry } from '../registry/local-schema-registry.ts';
import { Task } from '../runtime/tasks/task.ts';
import { TopicSerdes } from '../runtime/topics/topic-serdes.ts';
import { Waker } from '../runtime/waker.ts';
import { topicNamesOf } from '../runtime/topics/topic-names.ts';
import { Datum } from '../serde/datum.ts';
import type { SchemaRegistry } from '../serde/registry/schema-registry.ts';
import type { SerdeUse } from '../serde/serde.ts';
import { BufferedStore } from '../store/layers/buffered-store.ts';
import { createStore } from '../store/layers/create-store.ts';
import { MemoryEngine } from '../store/memory/memory-engine.ts';
import type { ReadOnlyKeyValueStore } from '../store/read-only/read-only-key-value-store.ts';
import type { ReadOnlySessionStore } from '../store/read-only/read-only-session-store.ts';
import { ReadOnlyStores } from '../store/read-only/read-only-stores.ts';
import type { ReadOnlyVersionedStore } from '../store/read-only/read-only-versioned-store.ts';
import type { ReadOnlyWindowStore } from '../store/read-only/read-only-window-store.ts';
import type { TimestampedKeyValueStore } from '../store/store.ts';
import type { Topology } from '../topology/topology.ts';
import { CapturedOutputs } from './captured-outputs.ts';
import { ManualClock } from './manual-clock.ts';
import { TestInputTopic, type TestTopicSerdes } from './test-input-topic.ts';
import { TestOutputTopic } from './test-output-topic.ts';

/** How a driver runs a topology. */
export interface TopologyTestDriverOptions {
  /** The prefix of internal topics; the topology's name by default. */
  readonly applicationId?: string;
  /** Where the wall clock stands at first, in milliseconds since the epoch; 0 by default. */
  readonly startWallClockMs?: number;
  /** About how many bytes of updates tables hold back between commits; 0, the default, emits each update. */
  readonly recordCacheBytes?: number;
  /** Where serdes that need one keep their schemas; by default a registry of the driver's own, which forgets. */
  readonly schemaRegistry?: SchemaRegistry;
  /** Whether what is held back is emitted after each record, as a commit does; else when `commit` is called. Default true. */
  readonly commitsEachRecord?: boolean;
}

/**
 * Runs a topology record by record, without broker and files: what Kafka Streams' class of this name does.
 *
 * Every topic has one partition. All sub-topologies run as one task, `0_0`. What a record causes, through repartition topics
 * and topics that the topology writes and reads again, is complete before the call that piped it resolves, calls to the
 * outside included: their timeouts and retries run by the machine's clock. Each update is emitted, unless
 * there is a record cache.
 *
 * @example
 * const driver = new TopologyTestDriver(enrichedOrders);
 * const orders = driver.createInputTopic<number, Order>('shop.orders');
 * await orders.pipeInput(1, { id: 1, amount: 30 }, { timestamp: 0 });
 * expect(driver.createOutputTopic('shop.enriched-orders').readRecords()).toHaveLength(1);
 */
export class TopologyTestDriver {
  readonly #commitsEachRecord: boolean;
  readonly #clock: ManualClock;
  readonly #stores = new Map<string, BufferedStore<any, any>>();
  readonly #readOnlyStores = new ReadOnlyStores([this.#stores]);
  readonly #outputs = new CapturedOutputs();
  /** By topic. */
  readonly #globalTables = new Map<string, BufferedStore<any, any>>();
  readonly #task: Task;
  readonly #registry: SchemaRegistry;
  readonly #serdes: TopicSerdes;
  /** The serdes of output topics. */
  readonly #readBy = new Map<string, readonly TestTopicSerdes<any, any>[]>();
  readonly #preparing: Promise<void>[] = [];
  /** What has to be done before the next record is piped. */
  #opening: (() => Promise<void>)[] = [() => this.#serdes.open()];
  readonly #waker = new Waker();
  readonly #written = new Map<string, ProducedRecord[]>();
  readonly #producedTopics = new Set<string>();
  readonly #nextOffsets = new Map<string, number>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(topology: Topology, options: TopologyTestDriverOptions = {}) {
    this.#commitsEachRecord = options.commitsEachRecord ?? true;
    this.#clock = new ManualClock(options.startWallClockMs ?? 0);
    for (const spec of topology.stores.values()) this.#stores.set(spec.name, createStore(spec, new MemoryEngine()));
    for (const { topic, store: spec } of topology.globalTables.values()) {
      const store = new BufferedStore<any, any>(spec, new MemoryEngine());
      this.#stores.set(spec.name, store);
      this.#globalTables.set(topic, store);
    }
    const applicationId = options.applicationId ?? topology.name;
    const topicName = topicNamesOf(topology, applicationId);
    this.#registry = options.schemaRegistry ?? new LocalSchemaRegistry();
    this.#serdes = new TopicSerdes(topology, applicationId, this.#registry);
    const sourceTopics = topology.subTopologies.flatMap((part) => part.sourceTopics);
    for (const topic of sourceTopics) this.#nextOffsets.set(topicName(topic), 0);
    this.#task = new Task({
      applicationId,
      id: { subTopology: 0, partition: 0 },
      nodes: topology.nodes,
      nodeNames: topology.subTopologies.flatMap((part) => part.nodes),
      inputs: sourceTopics.map((sourceTopic) => ({
        topic: topicName(sourceTopic),
        sourceTopic,
        partition: 0,
        startOffset: 0,
        committedOffset: -1,
      })),
      stores: this.#stores,
      globalTables: new Map([...this.#globalTables.values()].map((store) => [store.name, store])),
      collector: {
        output: (topic) => andThen(this.#serdes.openChosen(topic), () => this.#outputs.output(topic)),
      },
      topicName,
      clock: this.#clock,
      maxTaskIdleMs: -1,
      cacheBudget: { limitBytes: options.recordCacheBytes ?? 0, usedBytes: 0 },
    });
    // Nothing is ever left on a broker.
    for (const queue of this.#task.queues) queue.endOffset = 0;
    this.#task.whenFinished(() => this.#waker.wake());
    this.#task.init();
  }

  /** A topic to pipe records into. Throws TOPOLOGY_INVALID when the topology does not read it. */
  createInputTopic<K, V>(topic: string, serdes: TestTopicSerdes<K, V> = {}): TestInputTopic<K, V> {
    if (!this.#reads(topic)) {
      const known = [...this.#nextOffsets.keys(), ...this.#globalTables.keys()].join(', ');
      throw new MillraceError('TOPOLOGY_INVALID', `Expected an input topic of the topology (${known}), got "${topic}"`);
    }
    this.#openForTests(topic, serdes, { writes: true });
    return new TestInputTopic(
      serdes,
      (encode) => this.#inOrder(() => this.#pipe(topic, encode)),
      () => this.#clock.now(),
    );
  }

  /** A topic to read what the topology wrote to it, from the beginning. Two handles of one topic share the records. */
  createOutputTopic<K, V>(topic: string, serdes: TestTopicSerdes<K, V> = {}): TestOutputTopic<K, V> {
    this.#openForTests(topic, serdes, { writes: false });
    this.#readBy.set(topic, [...(this.#readBy.get(topic) ?? []), serdes]);
    return new TestOutputTopic(topic, serdes, this.#recordsOf(topic));
  }

  /** The names of the topics written so far, internal ones included. */
  get producedTopics(): readonly string[] {
    return [...this.#producedTopics];
  }

  /** The plain values of a store. Throws RUNTIME_UNKNOWN_STORE. */
  getKeyValueStore<K, V>(name: string): ReadOnlyKeyValueStore<K, V> {
    this.#mustHaveStore(name);
    return this.#readOnlyStores.keyValueStore(name);
  }

  /** The windows of a store. Throws RUNTIME_UNKNOWN_STORE, and RUNTIME_STORE_KIND where it has none. */
  getWindowStore<K, V>(name: string): ReadOnlyWindowStore<K, V> {
    this.#mustHaveStore(name);
    return this.#readOnlyStores.windowStore(name);
  }

  /** The sessions of a store. Throws RUNTIME_UNKNOWN_STORE, and RUNTIME_STORE_KIND where it has none. */
  getSessionStore<K, V>(name: string): ReadOnlySessionStore<K, V> {
    this.#mustHaveStore(name);
    return this.#readOnlyStores.sessionStore(name);
  }

  /** The versioned rows of a store. Throws RUNTIME_UNKNOWN_STORE, and RUNTIME_STORE_KIND where it has none. */
  getVersionedKeyValueStore<K, V>(name: string): ReadOnlyVersionedStore<K, V> {
    this.#mustHaveStore(name);
    return this.#readOnlyStores.versionedStore(name);
  }

  /** A store as processors see it, to prepare it for a test too. Throws RUNTIME_UNKNOWN_STORE. */
  getTimestampedKeyValueStore<K, V>(name: string): TimestampedKeyValueStore<K, V> {
    return this.#mustHaveStore(name);
  }

  #mustHaveStore(name: string): TimestampedKeyValueStore<any, any> {
    const store = this.#stores.get(name);
    if (store !== undefined) return store;
    const known = [...this.#stores.keys()].join(', ');
    throw new MillraceError('RUNTIME_UNKNOWN_STORE', `Expected a store of the topology (${known}), got "${name}"`);
  }

  /** Moves the wall clock on. Resolves when everything that causes is done. */
  async advanceWallClock(ms: number): Promise<void> {
    await this.#inOrder(async () => {
      this.#clock.advance(ms);
      await this.#task.punctuateWallClock();
      this.#captureOutputs();
      await this.#processAll();
    });
  }

  /** Emits what tables hold back, and what that causes to be held back. */
  async commit(): Promise<void> {
    await this.#inOrder(async () => {
      while (this.#task.caches.size > 0) {
        await this.#task.flushCaches();
        this.#captureOutputs();
        await this.#processAll();
      }
    });
  }

  /** Closes processors and stores. */
  async close(): Promise<void> {
    await this.#inOrder(async () => {
      try {
        this.#task.close();
      } finally {
        for (const store of this.#stores.values()) await store.close();
      }
    });
  }

  #inOrder(step: () => Promise<void>): Promise<void> {
    const done = this.#last.then(step);
    this.#last = done.catch(() => undefined);
    return done;
  }

  #openForTests(topic: string, serdes: TestTopicSerdes<any, any>, { writes }: Pick<SerdeUse, 'writes'>): void {
    const use = { topic, writes, registry: this.#registry } as const;
    this.#opening.push(async () => {
      await serdes.keySerde?.open?.({ ...use, part: 'key' });
      await serdes.valueSerde?.open?.({ ...use, part: 'value' });
    });
  }

  async #pipe(topic: string, encode: () => ProducedRecord): Promise<void> {
    for (let open = this.#opening.shift(); open !== undefined; open = this.#opening.shift()) await open();
    const record = encode();
    await this.#serdes.prepare([{ topic, partition: 0, records: [{ ...record, offset: 0 }], nextOffset: 1 }]);
    this.#enqueue(topic, record);
    await this.#processAll();
  }

  async #processAll(): Promise<void> {
    for (;;) {
      while (this.#task.ready) {
        const pending = this.#task.process(1);
        if (pending instanceof Promise) await pending;
        if (this.#commitsEachRecord) await this.#task.flushCaches();
        this.#captureOutputs();
      }
      // What tests read must be readable at once.
      await Promise.all(this.#preparing.splice(0));
      if (this.#task.inFlightRecords === 0) return;
      await this.#waker.sleep(null);
    }
  }

  #captureOutputs(): void {
    for (const { topic, record } of this.#outputs.drain()) {
      this.#producedTopics.add(topic);
      for (const { keySerde, valueSerde } of this.#readBy.get(topic) ?? []) {
        const forKey = record.key === null ? undefined : keySerde?.prepare?.(record.key);
        const forValue = record.value === null ? undefined : valueSerde?.prepare?.(record.value);
        for (const preparing of [forKey, forValue]) if (preparing !== undefined) this.#preparing.push(preparing);
      }
      this.#recordsOf(topic).push(record);
      if (this.#reads(topic)) this.#enqueue(topic, record);
    }
  }

  #reads(topic: string): boolean {
    return this.#nextOffsets.has(topic) || this.#globalTables.has(topic);
  }

  #enqueue(topic: string, record: ProducedRecord): void {
    const global = this.#globalTables.get(topic);
    if (global !== undefined) putInto(global, record);
    const offset = this.#nextOffsets.get(topic);
    if (offset === undefined) return;
    this.#nextOffsets.set(topic, offset + 1);
    this.#task.addRecords({ topic, partition: 0, records: [{ ...record, offset }], nextOffset: offset + 1 });
  }

  #recordsOf(topic: string): ProducedRecord[] {
    let records = this.#written.get(topic);
    if (records === undefined) this.#written.set(topic, (records = []));
    return records;
  }
}

function putInto(store: BufferedStore<any, any>, { key, value, timestamp }: ProducedRecord): void {
  if (key === null) return;
  store.put(
    Datum.ofBytes(key, store.keySerde),
    value === null ? null : Datum.ofBytes(value, store.valueSerde),
    timestamp,
  );
}
