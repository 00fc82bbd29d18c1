import type { Broker } from '../../broker/port.ts';
import { readToEnd, readTopicEnds } from '../source/read-to-end.ts';

/** Where keys are looked for. */
export interface GoneKeysOptions {
  readonly broker: Broker;
  readonly topic: string;
  /** The ends of its partitions when the snapshot was begun. */
  readonly ends: readonly number[];
  /** Told when keys are ready to be taken. */
  onNews(): void;
}

/** Keys that are held in memory at once, about: more are found in several passes over the topic. */
const KEYS_PER_PASS = 500_000;

/**
 * Finds keys that a topic has and its table has no more, after a snapshot of the table: their last record is older than the
 * snapshot, which has written every row that there is, or the stream has written it since.
 */
export class GoneKeys {
  readonly #options: GoneKeysOptions;
  readonly #passes: number;
  #pass = 0;
  #keys: Set<string> | null = null;
  #ends: readonly number[] = [];
  #resume: () => void = () => {};

  constructor(options: GoneKeysOptions) {
    this.#options = options;
    const records = options.ends.reduce((sum, end) => sum + end, 0);
    this.#passes = Math.max(1, Math.ceil(records / KEYS_PER_PASS));
  }

  /** Whether `take` has keys to give. */
  get isReady(): boolean {
    return this.#keys !== null;
  }

  /** Whether all were taken. */
  get isOver(): boolean {
    return this.#pass === this.#passes;
  }

  /** Looks for them, while other records may be written. Resolves when all were taken. */
  async read(): Promise<void> {
    const { broker, topic, ends } = this.#options;
    while (!this.isOver) {
      const keys = new Set<string>();
      this.#ends = await readTopicEnds(broker, topic, ends.length);
      await this.#collect(keys, null);
      this.#keys = keys;
      const taken = new Promise<void>((resolve) => (this.#resume = resolve));
      this.#options.onNews();
      await taken;
    }
  }

  /** All of them, some at a time, where nothing else is written to the topic meanwhile. */
  async *passes(): AsyncGenerator<ReadonlySet<string>> {
    for (; !this.isOver; this.#pass++) {
      const keys = new Set<string>();
      await this.#collect(keys, null);
      yield keys;
    }
  }

  /** The keys of this pass. Nothing may be written to the topic between this call and the tombstones. */
  async take(): Promise<ReadonlySet<string>> {
    const keys = this.#keys as Set<string>;
    await this.#collect(keys, this.#ends);
    this.#keys = null;
    this.#pass++;
    this.#resume();
    return keys;
  }

  /** Adds the keys whose last record is an old one, removes those that have a newer one. */
  async #collect(keys: Set<string>, starts: readonly number[] | null): Promise<void> {
    const { broker, topic, ends } = this.#options;
    await readToEnd(broker, { topic, partitions: ends.length, starts }, ({ key, value, offset }, partition) => {
      if (key === null || !this.#isOfPass(key)) return;
      const isOld = offset < (ends[partition] as number);
      if (isOld && value !== null) keys.add(key.toString('utf8'));
      else keys.delete(key.toString('utf8'));
    });
  }

  #isOfPass(key: Buffer): boolean {
    if (this.#passes === 1) return true;
    let hash = 0;
    for (const byte of key) hash = (Math.imul(hash, 31) + byte) | 0;
    return (hash >>> 0) % this.#passes === this.#pass;
  }
}
