import type { MaybePromise } from '../core/maybe-promise.ts';
import type { SchemaRegistry } from './registry/schema-registry.ts';

/**
 * How values of one type become bytes and come back.
 *
 * Null is never passed in either direction: a null value has no bytes (a tombstone), a null key likewise.
 * `serialize` throws a `MillraceError` SERIALIZATION_FAILED, `deserialize` DESERIALIZATION_FAILED or INTEGER_UNSAFE.
 * Two serdes that are the same object have the same wire format; bytes read by a serde are written back as they are by
 * the same serde.
 */
export interface Serde<T> {
  /** What `describe()` and error messages call it: `json`, `string`, `integer`. */
  readonly name: string;
  serialize(value: T): Buffer;
  deserialize(bytes: Buffer): T;
  /**
   * Makes the serde ready for a topic, before anything is read from it or written to it. Most serdes are ready as they are
   * and have none. May be called again, also for the same topic.
   */
  open?(use: SerdeUse): MaybePromise<void>;
  /** What would become of its schema under a topic that it writes, without registering it. */
  check?(use: SerdeUse): Promise<SchemaCheck>;
  /**
   * Makes `deserialize` ready for these bytes: called for each record of a fetched batch before the first of them is
   * deserialized. Undefined when it is ready, which costs nothing.
   */
  prepare?(bytes: Buffer): Promise<void> | undefined;
  /** That it works without a registry, for what needs none. */
  readonly isRegistryOptional?: boolean;
  /** What is written in place of it to topics that others read, where nothing else is said; absent, itself. */
  readonly outside?: Serde<T>;
  /** Whether bytes that another serde has read or written are its own too, so that they are written as they are. */
  takes?(bytes: Buffer, serde: Serde<unknown>): boolean;
}

/** Whether a schema may be registered. */
export interface SchemaCheck {
  readonly subject: string;
  /** Whether it is registered already. */
  readonly isRegistered: boolean;
  /** Why it may not be, in the registry's words; nothing when it may. */
  readonly incompatibilities: readonly string[];
}

/** Where a serde is used. */
export interface SerdeUse {
  readonly topic: string;
  readonly part: 'key' | 'value';
  /** Whether the application writes there. */
  readonly writes: boolean;
  /** Null where no registry is configured. */
  readonly registry: SchemaRegistry | null;
}
