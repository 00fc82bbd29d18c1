import type { Broker, BrokerConsumer, ConsumedRecord, ProducedRecord } from '../broker/port.ts';
import { NO_HEADERS } from '../core/headers.ts';
import { MillraceError } from '../core/millrace-error.ts';
import type { RegistryRecord } from './registry-record.ts';

/** The topic that the registry is kept in, by Confluent's name. */
export const SCHEMAS_TOPIC = '_schemas';

const POLL_MS = 500;
const POLL_BYTES = 1 << 20;

/** Makes the topic where there is none. */
export async function ensureSchemasTopic({ admin }: Broker): Promise<void> {
  const known = (await admin.describeTopics([SCHEMAS_TOPIC])).get(SCHEMAS_TOPIC);
  if (known === undefined) {
    await admin.createTopics([{ name: SCHEMAS_TOPIC, partitions: 1, config: { 'cleanup.policy': 'compact' } }]).catch(
      // Another registry may have been quicker.
      (error: unknown) => {
        if (!(error instanceof MillraceError && error.code === 'TOPIC_ALREADY_EXISTS')) throw error;
      },
    );
    return;
  }
  if (known.partitions === 1) return;
  throw new MillraceError(
    'SCHEMA_REGISTRY_TOPIC_INVALID',
    `Expected topic ${SCHEMAS_TOPIC} to have one partition, got ${known.partitions}`,
    { context: { topic: SCHEMAS_TOPIC } },
  );
}

/** A record as it is written. */
export function encodeRegistryRecord({ key, value }: RegistryRecord, timestamp: number): ProducedRecord {
  return {
    key: Buffer.from(JSON.stringify(key)),
    value: value === null ? null : Buffer.from(JSON.stringify(value)),
    timestamp,
    headers: NO_HEADERS,
  };
}

/** Reads the topic from its beginning on, for as long as it is open. */
export class SchemasTopicReader {
  /** Rejects with the error that ended the reading; resolves after `close`. */
  readonly finished: Promise<void>;
  readonly #consumer: BrokerConsumer;
  readonly #apply: (record: RegistryRecord) => void;
  #position: number;
  #isClosed = false;
  #waiting: { readonly offset: number; readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];

  private constructor(consumer: BrokerConsumer, from: number, apply: (record: RegistryRecord) => void) {
    this.#consumer = consumer;
    this.#apply = apply;
    this.#position = from;
    consumer.assign([{ topic: SCHEMAS_TOPIC, partition: 0, offset: from }]);
    this.finished = this.#run();
    this.finished.catch(() => undefined);
  }

  static async open(broker: Broker, apply: (record: RegistryRecord) => void): Promise<SchemasTopicReader> {
    const [first] = await broker.admin.listOffsets([{ topic: SCHEMAS_TOPIC, partition: 0 }], 'earliest');
    return new SchemasTopicReader(await broker.openConsumer(), first?.offset ?? 0, apply);
  }

  /** Resolves when everything before the offset is applied. */
  applied(offset: number): Promise<void> {
    if (this.#position >= offset) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ offset, resolve, reject });
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#consumer.wakeup();
    await this.finished.catch(() => undefined);
  }

  async #run(): Promise<void> {
    try {
      while (!this.#isClosed) {
        const { batches } = await this.#consumer.poll({ maxWaitMs: POLL_MS, maxBytes: POLL_BYTES });
        for (const { records, nextOffset } of batches) {
          for (const record of records) this.#apply(decoded(record));
          this.#position = nextOffset;
        }
        this.#wake();
      }
    } catch (error) {
      for (const { reject } of this.#waiting) reject(error);
      throw error;
    } finally {
      await this.#consumer.close();
    }
  }

  #wake(): void {
    const done = this.#waiting.filter(({ offset }) => offset <= this.#position);
    this.#waiting = this.#waiting.filter(({ offset }) => offset > this.#position);
    for (const { resolve } of done) resolve();
  }
}

function decoded({ key, value, offset }: ConsumedRecord): RegistryRecord {
  try {
    return {
      key: JSON.parse((key as Buffer).toString()),
      value: value === null ? null : JSON.parse(value.toString()),
    } as RegistryRecord;
  } catch (error) {
    throw new MillraceError('SCHEMA_REGISTRY_TOPIC_INVALID', 'Expected JSON in the schemas topic, got something else', {
      cause: error,
      context: { topic: SCHEMAS_TOPIC, offset },
    });
  }
}
