import type { MaybePromise } from '../core/maybe-promise.ts';
import type { TaskId } from '../core/task-id.ts';
import type { Datum } from '../serde/datum.ts';
import type { Windowed } from '../serde/windowed-serde.ts';
import type { KeyValueStore } from '../store/key-value-store.ts';
import type { SessionStore } from '../store/session-store.ts';
import type { StoreSpec, TimestampedDatum, TimestampedKeyValueStore } from '../store/store.ts';
import type { VersionedStore } from '../store/versioned-store.ts';
import type { WindowStore } from '../store/window-store.ts';
import type { ChangeRecord } from './change-record.ts';
import type { InFlight } from './in-flight.ts';
import type { Cancellable, PunctuationOptions, Punctuator } from './punctuation.ts';
import type { StreamRecord } from './stream-record.ts';
import type { UpdateCache } from './update-cache.ts';

/** Either kind of record: of a stream, or of a table. */
export type AnyRecord = StreamRecord<never, never> | ChangeRecord<never, never>;

/**
 * What a node does at run time. One is made for each task.
 *
 * `process` is synchronous unless it must wait for something; then it returns a promise, and the next record of the task
 * comes only when that is done. Errors thrown stop the task, with the place of the record added.
 */
export interface Processor<In, Out> {
  /** Called once, before the first record, when the stores are restored. */
  init?(context: ProcessorContext<Out>): void;
  process(record: In): MaybePromise<void>;
  /** Called once, when the task is closed. */
  close?(): void;
}

/** What a processor may ask of the task it runs in. */
export interface ProcessorContext<Out> {
  readonly applicationId: string;
  readonly taskId: TaskId;
  /** Hands a record to every child in order, or to the one named. Return what it returns, or await it. */
  forward(record: Out, childName?: string): MaybePromise<void>;
  /** A store that the node was connected to. Throws TOPOLOGY_UNKNOWN_STORE for any other. */
  store<K, V>(name: string): TimestampedKeyValueStore<K, V>;
  /** The same as others downstream know it: without the updates that are held back. */
  forwardedStore<K, V>(name: string): TimestampedKeyValueStore<K, V>;
  /**
   * Lets this processor hold back updates of the table that it keeps in a store. `flush` is called before each commit and
   * forwards them. Call it in `init`. Null where the application has no record cache.
   */
  holdBack<K, V>(store: string, flush: () => MaybePromise<void>): UpdateCache<K, V> | null;
  /** A store that the node was connected to, with plain values. Throws TOPOLOGY_UNKNOWN_STORE for any other. */
  keyValueStore<K, V>(store: StoreSpec<K, V> | string): KeyValueStore<K, V>;
  /** A store of windows, as `keyValueStore`. Throws RUNTIME_STORE_KIND too. */
  windowStore<K, V>(store: StoreSpec<Windowed<K>, V> | string): WindowStore<K, V>;
  /** A store of sessions, as `keyValueStore`. Throws RUNTIME_STORE_KIND too. */
  sessionStore<K, V>(store: StoreSpec<Windowed<K>, V> | string): SessionStore<K, V>;
  /** A store of versioned rows, as `keyValueStore`. Throws RUNTIME_STORE_KIND too. */
  versionedStore<K, V>(store: StoreSpec<K, V> | string): VersionedStore<K, V>;
  /** The rows of a global table, by the name of its store. Throws TOPOLOGY_UNKNOWN_STORE where there is none. */
  globalRows<K, V>(store: string): GlobalRows<K, V>;
  /**
   * Has a punctuator called now and then, which may forward and use stores as `process` does. Call it in `init` or later.
   * Throws TOPOLOGY_INVALID for an interval that is no whole number of milliseconds from 1.
   */
  schedule(options: PunctuationOptions, punctuator: Punctuator): Cancellable;
  /**
   * Opens a place for records that this processor finishes later, at most `limit` at a time. Call it in `init`.
   * Throws TOPOLOGY_INVALID for a limit that is no whole number from 1.
   */
  inFlight(limit: number): InFlight;
  /** Where the record being processed came from; null outside of a record. */
  readonly recordMetadata: RecordMetadata | null;
  /** The largest timestamp of any record the task has processed; −1 before the first. */
  readonly streamTimeMs: number;
  /** The wall clock. */
  readonly systemTimeMs: number;
  /** Whether the task has processed all that its topics are known to hold. */
  readonly caughtUp: boolean;
  /** Counts a record that an operator drops by its semantics (a null key, say), as Kafka Streams' `dropped-records`. */
  recordDropped(reason: string): void;
}

/** The rows of a global table, to be read only. */
export interface GlobalRows<K, V> {
  /** The row of a key as it is now, or null. */
  get(key: Datum<K>): TimestampedDatum<V> | null;
}

/** Topic, partition and offset of a record. */
export interface RecordMetadata {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}
