import type { Broker } from '../broker/port.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { type Logger, silentLogger } from '../core/logger.ts';
import { describeContext, MillraceError } from '../core/millrace-error.ts';
import { partitionName } from '../core/topic-partition.ts';
import type { StoreBackend } from '../store/engine.ts';
import type { ReadOnlyKeyValueStore } from '../store/read-only/read-only-key-value-store.ts';
import type { ReadOnlySessionStore } from '../store/read-only/read-only-session-store.ts';
import { ReadOnlyStores, type StoreKind } from '../store/read-only/read-only-stores.ts';
import type { ReadOnlyVersionedStore } from '../store/read-only/read-only-versioned-store.ts';
import type { ReadOnlyWindowStore } from '../store/read-only/read-only-window-store.ts';
import { ROWS } from '../store/store.ts';
import type { Topology } from '../topology/topology.ts';
import type { ApplicationListener } from './application-listener.ts';
import { type ApplicationMetrics, metricsOf } from './application-metrics.ts';
import { type ApplicationEvent, type ApplicationState, stateAfter } from './application-state.ts';
import { type OpenedThread, openThread } from './open-thread.ts';
import { type RuntimeConfig, runtimeConfig, type RuntimeConfigInput } from './runtime-config.ts';
import { byPartition } from './start-offsets.ts';

/** What an application runs, and on what. The broker and the backends stay the caller's: he closes the broker. */
export interface ApplicationOptions {
  readonly topology: Topology;
  readonly broker: Broker;
  /** For stores whose storage is `persistent`. */
  readonly storeBackend: StoreBackend;
  /** For stores whose storage is `memory`. */
  readonly memoryBackend: StoreBackend;
  readonly config: RuntimeConfigInput;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly stateListener?: ApplicationListener;
}

/**
 * Runs one topology: from the committed offsets on, until it is closed or fails.
 *
 * It may be killed at any moment: the next start goes on from the last commit, replaying of each changelog only what the
 * local state does not have. An error in the topology stops it with nothing of the open commit visible; under
 * `at_least_once` outputs sent ahead of the commit may be.
 */
export class Application {
  /** The configuration with its defaults. */
  readonly config: RuntimeConfig;
  /** Resolves when the application is closed; rejects with the `MillraceError` that stopped it. */
  readonly finished: Promise<void>;
  readonly #options: ApplicationOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #listener: ApplicationListener;
  readonly #aborted = new AbortController();
  readonly #settle: { resolve: () => void; reject: (error: unknown) => void };
  #state: ApplicationState = 'CREATED';
  #opened: OpenedThread | null = null;

  constructor(options: ApplicationOptions) {
    this.#options = options;
    this.config = runtimeConfig(options.config, options.topology.name);
    this.#clock = options.clock ?? systemClock;
    this.#logger = (options.logger ?? silentLogger).child({ application: this.config.applicationId });
    this.#listener = options.stateListener ?? {};
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.finished = promise;
    this.#settle = { resolve, reject };
    // Whoever does not look at `finished` must not be killed by it.
    promise.catch(() => undefined);
  }

  get state(): ApplicationState {
    return this.#state;
  }

  /** Resolves when it is RUNNING, its stores restored. Rejects with what keeps it from starting, as `finished` does. */
  async start(): Promise<void> {
    this.#on('start');
    try {
      this.#opened = await openThread({
        ...this.#options,
        config: this.config,
        clock: this.#clock,
        logger: this.#logger,
        listener: this.#listener,
        signal: this.#aborted.signal,
      });
    } catch (error) {
      this.#stopped(error);
      return this.finished;
    }
    if (this.#aborted.signal.aborted) {
      await this.#stop(null);
      throw new MillraceError('RUNTIME_STATE', 'Expected the application to start, got close() before it was running');
    }
    this.#on('restored');
    void this.#run(this.#opened);
  }

  /**
   * Finishes the record it is at, commits, closes the stores. Rejects when that last commit fails; after an earlier error it
   * resolves when everything is closed. May be called twice.
   */
  async close(): Promise<void> {
    const before = this.#state;
    this.#on('close');
    this.#aborted.abort();
    this.#opened?.thread.stop();
    if (before === 'CREATED') this.#stopped(null);
    const failed = this.#state === 'PENDING_ERROR' || this.#state === 'ERROR';
    await (failed ? this.finished.catch(() => undefined) : this.finished);
  }

  /** How many records of all source partitions, internal ones included, are not committed yet. 0 when everything is done. */
  async lag(): Promise<number> {
    const { thread } = this.#mustBeOpen();
    // The offsets before the ends: a commit between the two then counts what it appended to repartition topics.
    const committed = thread.committedOffsets;
    const ends = byPartition(await this.#options.broker.admin.listOffsets(committed, 'latest'));
    let lag = 0;
    for (const { topic, partition, offset } of committed) {
      lag += Math.max(0, (ends.get(partitionName(topic, partition)) as number) - offset);
    }
    return lag;
  }

  /** What it has done so far. */
  metrics(): ApplicationMetrics {
    if (this.#opened === null) return metricsOf([], { commits: 0, recordsRestored: 0 });
    const { thread, restored } = this.#opened;
    return metricsOf(thread.tasks, { commits: thread.commits, recordsRestored: restored });
  }

  /**
   * A store by its keys, over all its tasks, to be read only. It shows what is not committed yet too, and ends with the
   * application. Throws RUNTIME_UNKNOWN_STORE, and RUNTIME_STATE unless it is RUNNING.
   */
  store<K, V>(name: string): ReadOnlyKeyValueStore<K, V> {
    return this.#storesWith(name).keyValueStore(name);
  }

  /** A store of windows. As `store`, and throws RUNTIME_STORE_KIND for one of another kind. */
  windowStore<K, V>(name: string): ReadOnlyWindowStore<K, V> {
    return this.#storesWith(name).windowStore(name);
  }

  /** A store of sessions. As `store`, and throws RUNTIME_STORE_KIND for one of another kind. */
  sessionStore<K, V>(name: string): ReadOnlySessionStore<K, V> {
    return this.#storesWith(name).sessionStore(name);
  }

  /** A store of versioned rows. As `store`, and throws RUNTIME_STORE_KIND for one of another kind. */
  versionedStore<K, V>(name: string): ReadOnlyVersionedStore<K, V> {
    return this.#storesWith(name).versionedStore(name);
  }

  /** How a store is read. Throws RUNTIME_UNKNOWN_STORE. */
  storeKind(name: string): StoreKind {
    const { topology } = this.#options;
    const spec = topology.stores.get(name) ?? topology.globalTables.get(name)?.store;
    if (spec !== undefined) return (spec.shape ?? ROWS).kind;
    const known = [...topology.stores.keys(), ...topology.globalTables.keys()].join(', ');
    throw new MillraceError('RUNTIME_UNKNOWN_STORE', `Expected a store of the topology (${known}), got "${name}"`);
  }

  #storesWith(name: string): ReadOnlyStores {
    this.storeKind(name);
    const { thread } = this.#mustBeOpen();
    const global = thread.globalTables?.stores(name) ?? [];
    if (global.length > 0) return new ReadOnlyStores(global.map((store) => new Map([[name, store]])));
    return new ReadOnlyStores(thread.tasks.map(({ task }) => task.stores));
  }

  async #run(opened: OpenedThread): Promise<void> {
    try {
      await opened.thread.run();
      await this.#stop(null);
    } catch (error) {
      await this.#stop(error);
    }
  }

  /** Closes everything and settles `finished`. */
  async #stop(failure: unknown): Promise<void> {
    if (failure !== null) this.#on('fail');
    let error = failure;
    try {
      await this.#opened?.thread.close();
    } catch (closing) {
      // The first error is the cause, what follows from it is noise.
      error ??= closing;
    }
    this.#stopped(error);
  }

  #stopped(error: unknown): void {
    // What keeps it from starting, `start` throws.
    const unheard = this.#opened !== null;
    if (error !== null && this.#state === 'REBALANCING') this.#on('fail');
    this.#on('stopped');
    if (error === null) return this.#settle.resolve();
    const known = error instanceof MillraceError ? error : defect(error);
    if (unheard) this.#logger.error('stopped by an error', describeError(known));
    this.#settle.reject(known);
  }

  #on(event: ApplicationEvent): void {
    const before = this.#state;
    this.#state = stateAfter(before, event);
    if (this.#state === before) return;
    this.#logger.info('changed state', { from: before, to: this.#state });
    this.#listener.onStateChange?.(this.#state, before);
  }

  #mustBeOpen(): OpenedThread {
    if (this.#opened !== null && this.#state === 'RUNNING') return this.#opened;
    throw new MillraceError('RUNTIME_STATE', `Expected the application to be RUNNING, got ${this.#state}`);
  }
}

function describeError(error: MillraceError): { readonly [name: string]: string } {
  return { code: error.code, error: error.message, place: describeContext(error.context), remedy: error.remedy };
}

function defect(cause: unknown): MillraceError {
  return new MillraceError('INTERNAL', 'Expected the runtime to throw only errors of the catalogue, got another', {
    cause,
  });
}
