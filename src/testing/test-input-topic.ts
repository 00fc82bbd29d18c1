import { type Headers, NO_HEADERS } from '../core/headers.ts';
import type { ProducedRecord } from '../broker/port.ts';
import { json } from '../serde/json-serde.ts';
import type { Serde } from '../serde/serde.ts';

/** How a test topic reads and writes; JSON by default. */
export interface TestTopicSerdes<K, V> {
  readonly keySerde?: Serde<K>;
  readonly valueSerde?: Serde<V>;
}

/** When a piped record happened and what it carries along. */
export interface PipedRecordOptions {
  /** Milliseconds since the epoch; the driver's wall clock by default. */
  readonly timestamp?: number;
  readonly headers?: Headers;
}

/** A topic that a test writes to. Made by `TopologyTestDriver.createInputTopic`. */
export class TestInputTopic<K, V> {
  readonly #keySerde: Serde<K>;
  readonly #valueSerde: Serde<V>;
  readonly #pipe: (encode: () => ProducedRecord) => Promise<void>;
  readonly #now: () => number;

  constructor(serdes: TestTopicSerdes<K, V>, pipe: (encode: () => ProducedRecord) => Promise<void>, now: () => number) {
    this.#keySerde = serdes.keySerde ?? json<K>();
    this.#valueSerde = serdes.valueSerde ?? json<V>();
    this.#pipe = pipe;
    this.#now = now;
  }

  /**
   * Pipes one record; a null value is a tombstone. Resolves when everything it causes is done, rejects with the
   * `MillraceError` that it causes.
   */
  async pipeInput(key: K | null, value: V | null, options: PipedRecordOptions = {}): Promise<void> {
    const timestamp = options.timestamp ?? this.#now();
    await this.#pipe(() => ({
      key: key === null ? null : this.#keySerde.serialize(key),
      value: value === null ? null : this.#valueSerde.serialize(value),
      timestamp,
      headers: options.headers ?? NO_HEADERS,
    }));
  }
}
