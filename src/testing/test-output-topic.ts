import type { ProducedRecord } from '../broker/port.ts';
import type { Headers } from '../core/headers.ts';
import { MillraceError } from '../core/millrace-error.ts';
import { json } from '../serde/json-serde.ts';
import type { Serde } from '../serde/serde.ts';
import type { TestTopicSerdes } from './test-input-topic.ts';

/** A record that a topology wrote; a null value is a tombstone. */
export interface TestRecord<K, V> {
  readonly key: K | null;
  readonly value: V | null;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly headers: Headers;
}

/** A topic that a test reads from, each record once. Made by `TopologyTestDriver.createOutputTopic`. */
export class TestOutputTopic<K, V> {
  readonly #topic: string;
  readonly #keySerde: Serde<K>;
  readonly #valueSerde: Serde<V>;
  readonly #records: ProducedRecord[];

  /** `records` is taken from as the test reads. */
  constructor(topic: string, serdes: TestTopicSerdes<K, V>, records: ProducedRecord[]) {
    this.#topic = topic;
    this.#keySerde = serdes.keySerde ?? json<K>();
    this.#valueSerde = serdes.valueSerde ?? json<V>();
    this.#records = records;
  }

  /** Whether everything written so far was read. */
  get isEmpty(): boolean {
    return this.#records.length === 0;
  }

  /** How many records were written and not read. */
  get size(): number {
    return this.#records.length;
  }

  /** The next record. Throws TEST_TOPIC_EMPTY when there is none. */
  readRecord(): TestRecord<K, V> {
    const record = this.#records.shift();
    if (record === undefined) {
      throw new MillraceError('TEST_TOPIC_EMPTY', `Expected a further record in topic "${this.#topic}", got none`, {
        context: { topic: this.#topic },
      });
    }
    return this.#decode(record);
  }

  /** All records not read yet, in the order written. */
  readRecords(): TestRecord<K, V>[] {
    return this.#records.splice(0).map((record) => this.#decode(record));
  }

  /** The last value of each key among the records not read yet; tombstones included, as null. */
  readKeyValuesToMap(): Map<K | null, V | null> {
    return new Map(this.readRecords().map(({ key, value }) => [key, value]));
  }

  #decode(record: ProducedRecord): TestRecord<K, V> {
    return {
      key: record.key === null ? null : this.#keySerde.deserialize(record.key),
      value: record.value === null ? null : this.#valueSerde.deserialize(record.value),
      timestamp: record.timestamp,
      headers: record.headers,
    };
  }
}
