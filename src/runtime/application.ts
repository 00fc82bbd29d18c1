import type { Broker } from '../broker/port.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { type Logger, silentLogger } from '../core/logger.ts';
import { MillraceError } from '../core/millrace-error.ts';
import type { SchemaRegistry } from '../serde/registry/schema-registry.ts';
import type { StoreBackend } from '../store/engine.ts';
import type { ReadOnlyKeyValueStore } from '../store/read-only/read-only-key-value-store.ts';
import type { ReadOnlySessionStore } from '../store/read-only/read-only-session-store.ts';
import type { ReadOnlyStores, StoreKind } from '../store/read-only/read-only-stores.ts';
import type { ReadOnlyVersionedStore } from '../store/read-only/read-only-versioned-store.ts';
import type { ReadOnlyWindowStore } from '../store/read-only/read-only-window-store.ts';
import { ROWS } from '../store/store.ts';
import type { Topology } from '../topology/topology.ts';
import type { ApplicationListener } from './application-listener.ts';
import { type ApplicationMetrics, metricsOf } from './application-metrics.ts';
import type { ApplicationReadings } from './application-readings.ts';
import type { ApplicationStatus } from './application-status.ts';
import { type ApplicationEvent, type ApplicationState, stateAfter } from './application-state.ts';
import type { PartitionLag } from './application-offsets.ts';
import { CleanupStack } from './cleanup-stack.ts';
import { describeError, knownError } from './errors/describe-error.ts';
import {
  type InstanceMetadata,
  instancesOf,
  type KeyMetadata,
  metadataForKey,
  partitionsOfStore,
} from './instance-metadata.ts';
import type { StoreQueryOptions, StoreStaleness } from './state/local-stores.ts';
import type { StoreQueries } from './queries/store-queries.ts';
import { openApplication, type OpenApplicationOptions, type OpenedApplication } from './opened-application.ts';
import type { RuntimeEnvironment } from './runtime-environment.ts';
import type { ThreadHost } from './workers/thread-host.ts';
import type { WorkerPlace } from './workers/worker-place.ts';
import { TopicSerdes } from './topics/topic-serdes.ts';
import { type RuntimeConfig, runtimeConfig, type RuntimeConfigInput } from './runtime-config.ts';

/** What an application runs, and on what. The broker and the backends stay the caller's: he closes the broker. */
export interface ApplicationOptions {
  readonly topology: Topology;
  readonly broker: Broker;
  /** For stores whose storage is `persistent`. */
  readonly storeBackend: StoreBackend;
  /** For stores whose storage is `memory`. */
  readonly memoryBackend: StoreBackend;
  readonly config: RuntimeConfigInput;
  /** Where serdes that need one keep their schemas; without it they fail at the start. */
  readonly schemaRegistry?: SchemaRegistry;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly stateListener?: ApplicationListener;
  /**
   * Runs threads beyond the first in workers. What is read of stores here is then what the first thread has; only the HTTP
   * API asks the others. Without it all threads share this event loop.
   */
  readonly threadHost?: ThreadHost;
  /** Where the application is itself in a worker: it is then one thread of a process, and has this one alone. */
  readonly worker?: WorkerPlace;
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
  readonly #environment: RuntimeEnvironment;
  readonly #aborted = new AbortController();
  readonly #settle: { resolve: () => void; reject: (error: unknown) => void };
  readonly #firstRun = Promise.withResolvers<void>();
  #state: ApplicationState = 'CREATED';
  #opened: OpenedApplication | null = null;
  #hasRun = false;
  #paused = false;
  #failure: { readonly error: unknown } | null = null;

  constructor(options: ApplicationOptions) {
    this.#options = options;
    const own = options.worker === undefined ? options.config : { ...options.config, threads: 1 };
    this.config = runtimeConfig(own, options.topology.name);
    const serdes = new TopicSerdes(options.topology, this.config.applicationId, options.schemaRegistry ?? null);
    this.#environment = {
      ...options,
      broker: serdes.around(options.broker),
      serdes,
      config: this.config,
      clock: options.clock ?? systemClock,
      logger: (options.logger ?? silentLogger).child({ application: this.config.applicationId }),
      listener: options.stateListener ?? {},
      worker: options.worker ?? null,
      signal: this.#aborted.signal,
    };
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.finished = promise;
    this.#settle = { resolve, reject };
    // Whoever does not look at these must not be killed by them.
    promise.catch(() => undefined);
    this.#firstRun.promise.catch(() => undefined);
  }

  get state(): ApplicationState {
    return this.#state;
  }

  /** Resolves when it is RUNNING, its stores restored. Rejects with what keeps it from starting, as `finished` does. */
  async start(): Promise<void> {
    this.#on('start');
    void this.#run();
    await this.#firstRun.promise;
  }

  /** Stops processing until `resume`. It keeps its tasks, commits what it has processed, and its standbys go on. */
  pause(): void {
    this.#paused = true;
    this.#opened?.pool.pause(true);
  }

  /** Goes on with processing. */
  resume(): void {
    this.#paused = false;
    this.#opened?.pool.pause(false);
  }

  /**
   * Finishes the record it is at, commits, closes the stores. Rejects when that last commit fails, with SHUTDOWN_TIMEOUT when
   * it takes longer than `timeoutMs` (`shutdownTimeoutMs` by default): what is not committed is then dropped. After an earlier
   * error it resolves when everything is closed. May be called twice.
   */
  async close({ timeoutMs = this.config.shutdownTimeoutMs }: { timeoutMs?: number } = {}): Promise<void> {
    const before = this.#state;
    this.#on('close');
    this.#aborted.abort();
    this.#opened?.pool.stop();
    if (before === 'CREATED') this.#stopped();
    const failed = this.#state === 'PENDING_ERROR' || this.#state === 'ERROR';
    const deadline = setTimeout(() => this.#opened?.pool.abandon(tooLate(timeoutMs)), timeoutMs);
    try {
      await (failed ? this.finished.catch(() => undefined) : this.finished);
    } finally {
      clearTimeout(deadline);
    }
  }

  /** How many records of all source partitions, internal ones included, are not committed yet by any instance. 0 when everything is done. */
  async lag(): Promise<number> {
    const lags = await this.lags();
    return lags.reduce((sum, { lag }) => sum + lag, 0);
  }

  /** How far all instances are together in each partition that the application reads. */
  async lags(): Promise<readonly PartitionLag[]> {
    const { pool, offsets } = this.#mustBeOpen();
    return offsets.lags(pool.local.flatMap(({ manager }) => manager.running.map(({ task }) => task)));
  }

  /** What this instance does at this moment. */
  status(): ApplicationStatus {
    const threads = this.#opened?.pool.threads.map(({ status }) => status) ?? [];
    return {
      applicationId: this.config.applicationId,
      processId: this.#opened?.shared.processId ?? null,
      state: this.#state,
      paused: this.#paused,
      threads,
    };
  }

  /** What this instance has done so far. */
  metrics(): ApplicationMetrics {
    if (this.#opened === null)
      return metricsOf([], { commits: 0, rebalances: 0, failedThreads: 0, recordsRestored: 0 });
    const { pool, globalTables } = this.#opened;
    const recordsRestored = pool.restored + (globalTables?.restored ?? 0);
    const { commits, rebalances, failedThreads } = pool;
    return metricsOf(pool.counters, { commits, rebalances, failedThreads, recordsRestored });
  }

  /** What this instance has done so far, thread by thread and task by task. Asks nobody else. */
  async readings(): Promise<ApplicationReadings> {
    const threads = await Promise.all((this.#opened?.pool.threads ?? []).map((thread) => thread.readings()));
    return { status: this.status(), metrics: this.metrics(), threads: threads.filter((thread) => thread !== null) };
  }

  /**
   * A store by its keys, to be read only, over all its partitions that are on this instance (`metadata` tells who has the
   * others), or over one. It shows what is not committed yet too. It is of this moment: after a rebalance take it anew.
   * Throws RUNTIME_UNKNOWN_STORE, RUNTIME_STORE_NOT_HERE for a partition that is not here, RUNTIME_STATE unless it runs.
   */
  store<K, V>(name: string, options: StoreQueryOptions = {}): ReadOnlyKeyValueStore<K, V> {
    return this.#storesWith(name, options).keyValueStore(name);
  }

  /** A store of windows. As `store`, and throws RUNTIME_STORE_KIND for one of another kind. */
  windowStore<K, V>(name: string, options: StoreQueryOptions = {}): ReadOnlyWindowStore<K, V> {
    return this.#storesWith(name, options).windowStore(name);
  }

  /** A store of sessions. As `store`, and throws RUNTIME_STORE_KIND for one of another kind. */
  sessionStore<K, V>(name: string, options: StoreQueryOptions = {}): ReadOnlySessionStore<K, V> {
    return this.#storesWith(name, options).sessionStore(name);
  }

  /** A store of versioned rows. As `store`, and throws RUNTIME_STORE_KIND for one of another kind. */
  versionedStore<K, V>(name: string, options: StoreQueryOptions = {}): ReadOnlyVersionedStore<K, V> {
    return this.#storesWith(name, options).versionedStore(name);
  }

  /** How up to date the partitions of a store are that are here; none for a global table. Throws as `store` does. */
  staleness(name: string): readonly StoreStaleness[] {
    this.storeKind(name);
    return this.#mustBeOpen().localStores.staleness(name);
  }

  /** All instances that have an `applicationServer`, and what they have, as the group decided last. */
  metadata(): readonly InstanceMetadata[] {
    const { pool, shared } = this.#mustBeOpen();
    return instancesOf(shared, pool.threads.find(({ hosts }) => hosts.length > 0)?.hosts ?? []);
  }

  /**
   * Where a key of a store (of windows and sessions the key alone) is, if what writes the store's topic places keys as Kafka does by default; null for a global table,
   * which every instance has. Throws as `store` does.
   */
  metadataForKey(name: string, key: unknown): KeyMetadata | null {
    this.storeKind(name);
    const { shared } = this.#mustBeOpen();
    const spec = this.#options.topology.stores.get(name);
    if (spec === undefined) return null;
    const partitions = partitionsOfStore(shared, name);
    const bytes = this.queries.describe(name).keySerde.serialize(key);
    return metadataForKey(this.metadata(), { store: name, partitions, key: bytes });
  }

  /** All stores, which instance has what of them, and when they have seen certain records. Throws RUNTIME_STATE unless it runs. */
  get queries(): StoreQueries {
    return this.#mustBeOpen().queries;
  }

  /** How a store is read. Throws RUNTIME_UNKNOWN_STORE. */
  storeKind(name: string): StoreKind {
    const { topology } = this.#options;
    const spec = topology.stores.get(name) ?? topology.globalTables.get(name)?.store;
    if (spec !== undefined) return (spec.shape ?? ROWS).kind;
    const known = [...topology.stores.keys(), ...topology.globalTables.keys()].join(', ');
    throw new MillraceError('RUNTIME_UNKNOWN_STORE', `Expected a store of the topology (${known}), got "${name}"`);
  }

  #storesWith(name: string, options: StoreQueryOptions): ReadOnlyStores {
    this.storeKind(name);
    return this.#mustBeOpen().localStores.open(name, options);
  }

  /** Runs until it is closed or fails; everything it opens is closed again. */
  async #run(): Promise<void> {
    const cleanup = new CleanupStack();
    try {
      this.#opened = await openApplication(this.#openOptions, cleanup);
      this.#opened.pool.pause(this.#paused);
      if (!this.#aborted.signal.aborted) await this.#opened.pool.run();
    } catch (error) {
      this.#fail(error);
    }
    // The first error is the cause, what follows from it is noise.
    await cleanup.run().catch((error: unknown) => (this.#failure ??= { error }));
    this.#stopped();
  }

  get #openOptions(): OpenApplicationOptions {
    return {
      environment: this.#environment,
      host: this.#options.threadHost ?? null,
      onStopRequested: () => this.#fail(stoppedByAnother()),
      onStateChange: () => this.#followThreads(),
      onFailure: (error) => this.#fail(error),
      hasRun: () => this.#hasRun,
    };
  }

  #followThreads(): void {
    if (this.#state !== 'RUNNING' && this.#state !== 'REBALANCING') return;
    const running = this.#opened?.pool.running === true;
    if (running === (this.#state === 'RUNNING')) return;
    this.#on(running ? 'restored' : 'rebalance');
    if (!running) return;
    this.#hasRun = true;
    this.#firstRun.resolve();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#on('fail');
    this.#opened?.pool.stop();
  }

  #stopped(): void {
    const failure = this.#failure;
    if (failure !== null && this.#state === 'REBALANCING') this.#on('fail');
    this.#on('stopped');
    if (failure === null) {
      this.#settle.resolve();
      const message = 'Expected the application to start, got close() before it was running';
      return this.#firstRun.reject(new MillraceError('RUNTIME_STATE', message));
    }
    const known = knownError(failure.error);
    // What keeps it from starting, `start` throws.
    if (this.#hasRun) this.#environment.logger.error('stopped by an error', describeError(known));
    this.#settle.reject(known);
    this.#firstRun.reject(known);
  }

  #on(event: ApplicationEvent): void {
    const before = this.#state;
    this.#state = stateAfter(before, event);
    if (this.#state === before) return;
    const { logger, listener, worker } = this.#environment;
    // Of a thread in a worker the process that it belongs to tells.
    logger[worker === null ? 'info' : 'debug']('changed state', { from: before, to: this.#state });
    listener.onStateChange?.(this.#state, before);
  }

  #mustBeOpen(): OpenedApplication {
    if (this.#opened !== null && (this.#state === 'RUNNING' || this.#state === 'REBALANCING')) return this.#opened;
    throw new MillraceError('RUNTIME_STATE', `Expected the application to be RUNNING, got ${this.#state}`);
  }
}

function tooLate(timeoutMs: number): MillraceError {
  return new MillraceError(
    'SHUTDOWN_TIMEOUT',
    `Expected the application to stop within ${timeoutMs} ms, got no last commit`,
  );
}

function stoppedByAnother(): MillraceError {
  return new MillraceError(
    'APPLICATION_STOPPED',
    'Expected the application to run, got the order of an instance to stop everywhere',
  );
}
