import { randomUUID } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import type { NewTopic } from '../port.ts';
import type { BatchCache } from './batch-cache.ts';
import { NOT_COMPACTED } from './checkpoint.ts';
import type { LogStorage } from './log-storage.ts';
import { PartitionLog, type PartitionState } from './partition-log.ts';
import { resolveTopicSettings, type TopicSettings } from './topic-settings.ts';

/** A topic with its logs. */
export interface Topic {
  readonly name: string;
  readonly id: string;
  readonly settings: TopicSettings;
  readonly partitions: readonly PartitionLog[];
}

/** A topic as its file says, and what recovery found in its partitions. */
export interface RecoveredTopic {
  readonly description: TopicFile;
  readonly partitions: readonly PartitionState[];
}

/** What is in `topics/<name>/topic.json`. */
export interface TopicFile {
  readonly version: 1;
  readonly name: string;
  readonly id: string;
  readonly partitions: number;
  readonly config: TopicSettings;
}

/** What the registry and its logs work with. */
export interface RegistryEnvironment {
  readonly storage: LogStorage;
  readonly clock: Clock;
  readonly cache: BatchCache;
  readonly defaults: TopicSettings;
}

/** The directory of all topics. */
export const TOPICS_DIRECTORY = 'topics';
/** Where deleted topics are moved, so that they are gone at once and as a whole. */
export const TRASH_DIRECTORY = 'trash';

const EMPTY: PartitionState = Object.freeze({ segments: [], logStart: 0, nextOffset: 0, compaction: NOT_COMPACTED });
const LEGAL_NAME = /^[a-zA-Z0-9._-]{1,249}$/;

/** The topics there are, and their logs. */
export class TopicRegistry {
  readonly #storage: LogStorage;
  readonly #clock: Clock;
  readonly #defaults: TopicSettings;
  readonly #cache: BatchCache;
  readonly #topics = new Map<string, Topic>();
  /** Topics on their way to the disk: who wants one of the same name waits, and is then told that it exists. */
  readonly #creating = new Map<string, Promise<void>>();
  #closed = false;

  constructor(environment: RegistryEnvironment, recovered: readonly RecoveredTopic[]) {
    this.#storage = environment.storage;
    this.#clock = environment.clock;
    this.#defaults = environment.defaults;
    this.#cache = environment.cache;
    for (const { description, partitions } of recovered) this.#add(description, partitions);
  }

  get topics(): Iterable<Topic> {
    return this.#topics.values();
  }

  /** All logs of all topics. */
  *logs(): Iterable<PartitionLog> {
    for (const topic of this.#topics.values()) yield* topic.partitions;
  }

  /** The topic; undefined where there is none. */
  find(name: string): Topic | undefined {
    this.expectOpen();
    return this.#topics.get(name);
  }

  /** The topic. Throws TOPIC_NOT_FOUND. */
  topic(name: string): Topic {
    const topic = this.find(name);
    if (topic === undefined) throw topicNotFound(name);
    return topic;
  }

  /** The log of a partition. Throws TOPIC_NOT_FOUND, PARTITION_NOT_FOUND. */
  log(topic: string, partition: number): PartitionLog {
    const { partitions } = this.topic(topic);
    const log = partitions[partition];
    if (log !== undefined) return log;
    throw new MillraceError(
      'PARTITION_NOT_FOUND',
      `Expected a partition below ${partitions.length} of "${topic}", got ${partition}`,
      {
        context: { topic, partition },
      },
    );
  }

  /** Creates a topic. Throws TOPIC_INVALID, TOPIC_ALREADY_EXISTS, BROKER_STORAGE. */
  async create(topic: NewTopic): Promise<Topic> {
    this.expectOpen();
    const { name, partitions } = topic;
    if (!LEGAL_NAME.test(name) || name === '.' || name === '..') {
      throw invalid(name, 'Expected a name of 1 to 249 letters, digits, ".", "_" and "-"');
    }
    if (!Number.isInteger(partitions) || partitions < 1)
      throw invalid(name, 'Expected `partitions` to be a whole number >= 1');
    const config = resolveTopicSettings(name, topic.config ?? {}, this.#defaults);
    while (this.#creating.has(name)) await this.#creating.get(name)?.catch(() => undefined);
    this.expectOpen();
    if (this.#topics.has(name)) throw alreadyExists(name);
    const file: TopicFile = { version: 1, name, id: randomUUID(), partitions, config };
    const path = `${TOPICS_DIRECTORY}/${name}/topic.json`;
    const written = this.#storage.replace(path, Buffer.from(`${JSON.stringify(file, null, 2)}\n`));
    this.#creating.set(name, written);
    try {
      await written;
      return this.#add(file, []);
    } finally {
      this.#creating.delete(name);
    }
  }

  /** Deletes a topic with its records. Throws TOPIC_NOT_FOUND, BROKER_STORAGE. */
  delete(name: string): void {
    const topic = this.topic(name);
    const grave = `${TRASH_DIRECTORY}/${topic.id}`;
    this.#storage.rename(`${TOPICS_DIRECTORY}/${name}`, grave);
    this.#topics.delete(name);
    for (const log of topic.partitions) log.markDeleted();
    this.#storage.remove(grave);
  }

  /** From now on everything throws BROKER_CLOSED; consumers that wait are told. */
  close(): void {
    this.#closed = true;
    for (const log of this.logs()) log.notify();
  }

  /** Throws BROKER_CLOSED. */
  expectOpen(): void {
    if (this.#closed) throw new MillraceError('BROKER_CLOSED', 'Expected an open broker, got one that has been closed');
  }

  #add(file: TopicFile, states: readonly PartitionState[]): Topic {
    const { name, id } = file;
    const settings = { ...this.#defaults, ...file.config };
    const environment = { storage: this.#storage, clock: this.#clock, cache: this.#cache, settings };
    const partitions = Array.from({ length: file.partitions }, (_, partition) => {
      const directory = partitionDirectory(name, partition);
      return new PartitionLog(
        environment,
        { topic: name, topicId: id, partition, directory },
        states[partition] ?? EMPTY,
      );
    });
    const topic = { name, id, settings, partitions };
    this.#topics.set(name, topic);
    return topic;
  }
}

/** Where the segments of a partition are. */
export function partitionDirectory(topic: string, partition: number): string {
  return `${TOPICS_DIRECTORY}/${topic}/${partition}`;
}

/** The error for a topic that does not exist, or no longer. */
export function topicNotFound(topic: string): MillraceError {
  return new MillraceError('TOPIC_NOT_FOUND', `Expected a topic that exists, got "${topic}"`, { context: { topic } });
}

function alreadyExists(topic: string): MillraceError {
  return new MillraceError('TOPIC_ALREADY_EXISTS', `Expected a topic name that is free, got "${topic}"`, {
    context: { topic },
  });
}

function invalid(topic: string, expected: string): MillraceError {
  return new MillraceError('TOPIC_INVALID', `${expected}, got topic ${JSON.stringify(topic)}`, { context: { topic } });
}
