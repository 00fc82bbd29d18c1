import type { Broker, BrokerConsumer, ConsumedBatch, PollResult } from '../../broker/port.ts';
import type { MaybePromise } from '../../core/maybe-promise.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import type { SchemaRegistry } from '../../serde/registry/schema-registry.ts';
import type { SchemaCheck, Serde, SerdeUse } from '../../serde/serde.ts';
import { changelogTopicName, type Topology } from '../../topology/topology.ts';
import { topicNamesOf } from './topic-names.ts';

/** The serdes of a topic's keys and values. */
interface SerdePair {
  readonly key: Serde<any>;
  readonly value: Serde<any>;
}

/** What is done with a topic. */
interface TopicUse extends SerdePair {
  readonly topic: string;
  readonly writes: boolean;
}

/**
 * The serdes of a topology that have to be opened before they work, and prepared for what they read: those with schemas in a
 * registry. Others cost nothing here.
 */
export class TopicSerdes {
  readonly #registry: SchemaRegistry | null;
  readonly #uses: readonly TopicUse[];
  /** Of sinks that choose the topic for each record. */
  readonly #choosing: readonly SerdePair[];
  /** The topics that sinks name, and those that they have chosen so far. */
  readonly #written: Set<string>;
  /** What is read, by topic; only serdes that have to be prepared. */
  readonly #prepared = new Map<string, readonly SerdePair[]>();

  constructor(topology: Topology, applicationId: string, registry: SchemaRegistry | null) {
    this.#registry = registry;
    this.#uses = usesOf(topology, applicationId);
    this.#choosing = [...topology.nodes.values()].flatMap((node) =>
      node.kind === 'sink' && typeof node.topic !== 'string' ? [{ key: node.keySerde, value: node.valueSerde }] : [],
    );
    this.#written = new Set(this.#uses.flatMap(({ topic, writes }) => (writes ? [topic] : [])));
    // Without a registry there is nothing that could be prepared.
    for (const use of registry === null ? [] : this.#uses) {
      if (use.key.prepare === undefined && use.value.prepare === undefined) continue;
      this.#prepared.set(use.topic, [...(this.#prepared.get(use.topic) ?? []), use]);
    }
  }

  /** Opens all serdes for the topics that are known. */
  async open(): Promise<void> {
    for (const use of this.#uses) await this.#openPair(use, use);
  }

  /** What would become of the schemas of the topics that the application writes, each subject once. Registers nothing. */
  async check(): Promise<readonly SchemaCheck[]> {
    const checks = new Map<string, SchemaCheck>();
    for (const { topic, key, value, writes } of this.#uses) {
      if (!writes) continue;
      for (const [part, serde] of [
        ['key', key],
        ['value', value],
      ] as const) {
        const check = await serde.check?.({ topic, part, writes, registry: this.#registry });
        if (check !== undefined) checks.set(check.subject, check);
      }
    }
    return [...checks.values()];
  }

  /** Opens serdes for a topic that a sink has chosen. */
  openChosen(topic: string): MaybePromise<void> {
    if (this.#written.has(topic)) return undefined;
    if (this.#choosing.every(({ key, value }) => key.open === undefined && value.open === undefined)) return undefined;
    return this.#openAllChosen(topic);
  }

  /** The broker, with consumers that hand out only what the serdes are prepared for. */
  around(broker: Broker): Broker {
    if (this.#prepared.size === 0) return broker;
    return {
      admin: broker.admin,
      openConsumer: async () =>
        new PreparingConsumer(await broker.openConsumer(), ({ batches }) => this.prepare(batches)),
      openProducer: () => broker.openProducer(),
      openTransactionalProducer: (id) => broker.openTransactionalProducer(id),
      joinGroup: (options) => broker.joinGroup(options),
      close: () => broker.close(),
    };
  }

  /** Prepares the serdes for records that were read. Waits only where a schema is met for the first time. */
  async prepare(batches: readonly ConsumedBatch[]): Promise<void> {
    for (const { topic, partition, records } of batches) {
      const pairs = this.#prepared.get(topic);
      if (pairs === undefined) continue;
      for (const { key, value, offset } of records) {
        for (const pair of pairs) {
          const forKey = key === null ? undefined : pair.key.prepare?.(key);
          const forValue = value === null ? undefined : pair.value.prepare?.(value);
          if (forKey === undefined && forValue === undefined) continue;
          await placed(Promise.all([forKey, forValue]), { topic, partition, offset });
        }
      }
    }
  }

  async #openAllChosen(topic: string): Promise<void> {
    for (const pair of this.#choosing) await this.#openPair(pair, { topic, writes: true });
    this.#written.add(topic);
  }

  async #openPair({ key, value }: SerdePair, { topic, writes }: Pick<TopicUse, 'topic' | 'writes'>): Promise<void> {
    const use = (part: SerdeUse['part']): SerdeUse => ({ topic, part, writes, registry: this.#registry });
    await key.open?.(use('key'));
    await value.open?.(use('value'));
  }
}

/** Whether a topology has serdes that need a schema registry. */
export function usesSchemas(topology: Topology): boolean {
  const nodes = [...topology.nodes.values()].flatMap((node) => (node.kind === 'processor' ? [] : [node]));
  const stores = [...topology.stores.values(), ...[...topology.globalTables.values()].map(({ store }) => store)];
  return [...nodes, ...stores].some(({ keySerde, valueSerde }) => needsRegistry(keySerde) || needsRegistry(valueSerde));
}

function needsRegistry(serde: Serde<any>): boolean {
  return serde.open !== undefined && serde.isRegistryOptional !== true;
}

async function placed(
  preparing: Promise<unknown>,
  place: { readonly topic: string; readonly partition: number; readonly offset: number },
): Promise<void> {
  try {
    await preparing;
  } catch (error) {
    throw error instanceof MillraceError ? error.at(place) : error;
  }
}

/** A consumer whose records wait until the serdes are prepared for them; where that fails, they come with the next poll. */
class PreparingConsumer implements BrokerConsumer {
  readonly #consumer: BrokerConsumer;
  readonly #prepare: (result: PollResult) => Promise<void>;
  /** What was polled and could not be prepared. */
  #waiting: PollResult | null = null;

  constructor(consumer: BrokerConsumer, prepare: (result: PollResult) => Promise<void>) {
    this.#consumer = consumer;
    this.#prepare = prepare;
  }

  assign(...args: Parameters<BrokerConsumer['assign']>): void {
    this.#waiting = null;
    this.#consumer.assign(...args);
  }

  pause(...args: Parameters<BrokerConsumer['pause']>): void {
    this.#consumer.pause(...args);
  }

  resume(...args: Parameters<BrokerConsumer['resume']>): void {
    this.#consumer.resume(...args);
  }

  async poll(options: Parameters<BrokerConsumer['poll']>[0]): Promise<PollResult> {
    const result = this.#waiting ?? (await this.#consumer.poll(options));
    this.#waiting = result;
    await this.#prepare(result);
    // What was assigned meanwhile is read from where that says.
    if (this.#waiting !== result) return this.poll(options);
    this.#waiting = null;
    return result;
  }

  wakeup(): void {
    this.#consumer.wakeup();
  }

  close(): Promise<void> {
    return this.#consumer.close();
  }
}

function usesOf(topology: Topology, applicationId: string): readonly TopicUse[] {
  const topicName = topicNamesOf(topology, applicationId);
  const uses: TopicUse[] = [];
  for (const node of topology.nodes.values()) {
    if (node.kind === 'processor') continue;
    const { keySerde: key, valueSerde: value } = node;
    const writes = node.kind === 'sink';
    const topics = node.kind === 'source' ? node.topics : typeof node.topic === 'string' ? [node.topic] : [];
    for (const topic of topics) uses.push({ topic: topicName(topic), key, value, writes });
  }
  for (const { name, keySerde: key, valueSerde: value } of topology.stores.values()) {
    const source = topology.sourceChangelogs.get(name);
    // What is kept of a topic as it was read is also read as that topic's.
    const topic = source ?? changelogTopicName(applicationId, name);
    uses.push({ topic, key, value, writes: source === undefined });
  }
  for (const { topic, store } of topology.globalTables.values()) {
    uses.push({ topic, key: store.keySerde, value: store.valueSerde, writes: false });
  }
  return uses;
}
