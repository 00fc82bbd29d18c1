import { type Leader, Leadership } from '../broker/leadership.ts';
import type { Broker, TransactionalProducer } from '../broker/port.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { type Logger, silentLogger } from '../core/logger.ts';
import { MillraceError } from '../core/millrace-error.ts';
import { Registry } from './registry.ts';
import { REGISTRY_ERRORS, RegistryError } from './registry-error.ts';
import type { RegistryRecord } from './registry-record.ts';
import { RegistryState } from './registry-state.ts';
import { encodeRegistryRecord, ensureSchemasTopic, SCHEMAS_TOPIC, SchemasTopicReader } from './schemas-topic.ts';

/** The group in which registries elect the one that writes, and its transactional id. */
const GROUP = 'millrace-schema-registry';

/** Where a registry keeps its schemas. */
export interface BrokerRegistryOptions {
  readonly broker: Broker;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/**
 * A registry over the topic `_schemas` of a broker. Every process that runs one knows all schemas; one of them, elected,
 * writes. Another takes over when it dies; what the old one had not committed is fenced off.
 */
export class BrokerRegistry {
  readonly registry: Registry;
  readonly #options: BrokerRegistryOptions;
  readonly #logger: Logger;
  readonly #reader: SchemasTopicReader;
  #leadership: Leadership | null = null;
  #leader: Leader | null = null;
  /** Resolves with the producer as soon as this process may write; null while another does. */
  #writer: Promise<TransactionalProducer> | null = null;
  #elected = Promise.withResolvers<void>();

  private constructor(options: BrokerRegistryOptions, state: RegistryState, reader: SchemasTopicReader) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#reader = reader;
    this.registry = new Registry(state, (records) => this.#write(records));
  }

  /** Resolves when everything that the topic has is known. It writes nothing before `join`. */
  static async open(options: BrokerRegistryOptions): Promise<BrokerRegistry> {
    const { broker } = options;
    await ensureSchemasTopic(broker);
    const state = new RegistryState();
    const reader = await SchemasTopicReader.open(broker, (record) => state.apply(record));
    const opened = new BrokerRegistry(options, state, reader);
    try {
      await opened.#readToEnd();
    } catch (error) {
      await opened.close();
      throw error;
    }
    return opened;
  }

  /** Takes part in electing the one that writes. Resolves when it is known. `url` is where its REST API is, for the others. */
  async join(url: string): Promise<void> {
    this.#leadership = await Leadership.join({
      broker: this.#options.broker,
      group: GROUP,
      address: url,
      onChange: (leader) => this.#onLeader(leader),
      onFailure: (error) => this.#elected.reject(error),
    });
    await this.#elected.promise;
  }

  /** The address of the registry that writes; null when it is this one. Throws RegistryError while nobody is known to. */
  get writerUrl(): string | null {
    if (this.#leader === null) throw new RegistryError(REGISTRY_ERRORS.NO_LEADER, 'Leader not known');
    return this.#leader.isSelf ? null : this.#leader.address;
  }

  async close(): Promise<void> {
    await this.#leadership?.leave();
    await this.#closeWriter();
    await this.#reader.close();
  }

  #onLeader(leader: Leader | null): void {
    this.#leader = leader;
    if (leader?.isSelf === true) {
      if (this.#writer !== null) return;
      this.#logger.info('writes the schema registry', { url: leader.address });
      this.#writer = this.#openWriter();
      this.#writer.then(() => this.#elected.resolve(), this.#elected.reject);
      return;
    }
    // It rejects never.
    void this.#closeWriter();
    if (leader !== null) this.#elected.resolve();
  }

  async #openWriter(): Promise<TransactionalProducer> {
    const producer = await this.#options.broker.openTransactionalProducer(GROUP);
    // Nobody else can add to it from here on.
    await this.#readToEnd();
    return producer;
  }

  async #closeWriter(): Promise<void> {
    const writer = this.#writer;
    this.#writer = null;
    const producer = await writer?.catch(() => undefined);
    await producer?.close().catch((error: unknown) => this.#logger.debug('could not close in order', { error }));
  }

  async #readToEnd(): Promise<void> {
    const [end] = await this.#options.broker.admin.listOffsets([{ topic: SCHEMAS_TOPIC, partition: 0 }], 'written');
    await this.#reader.applied(end?.offset ?? 0);
  }

  async #write(records: readonly RegistryRecord[]): Promise<void> {
    if (this.#leader?.isSelf !== true) throw new RegistryError(REGISTRY_ERRORS.NO_LEADER, 'Leader not known');
    // Closed after an error; the next write begins anew.
    this.#writer ??= this.#openWriter();
    const writer = this.#writer;
    const timestamp = (this.#options.clock ?? systemClock).now();
    const encoded = records.map((record) => encodeRegistryRecord(record, timestamp));
    try {
      const producer = await writer;
      await producer.send([{ topic: SCHEMAS_TOPIC, partition: 0, records: encoded }]);
      const [end = 0] = (await producer.commit()).values();
      await this.#reader.applied(end);
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      // Fenced: another has taken over. Others: what was not committed is not to be committed with the next.
      await this.#closeWriter();
      throw new RegistryError(REGISTRY_ERRORS.STORE_FAILED, `Error while writing to the topic: ${error.message}`);
    }
  }
}
