import type { Broker } from '../broker/port.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { type Logger, silentLogger } from '../core/logger.ts';
import { describeContext, MillraceError } from '../core/millrace-error.ts';
import type { SchemaRegistry } from '../serde/registry/schema-registry.ts';
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
import type { ApplicationStatus } from './application-status.ts';
import { type ApplicationEvent, type ApplicationState, stateAfter } from './application-state.ts';
import { ApplicationOffsets } from './application-offsets.ts';
import { CleanupStack } from './cleanup-stack.ts';
import { GlobalTables } from './global-tables.ts';
import { prepareTopics } from './prepare-topics.ts';
import type { RuntimeEnvironment } from './runtime-environment.ts';
import { openSharedParts, type SharedParts } from './shared-parts.ts';
import { ThreadPool } from './thread-pool.ts';
import { TopicSerdes } from './topic-serdes.ts';
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
}

/** What an application has while it is started. */
interface OpenedApplication {
  readonly shared: SharedParts;
  readonly pool: ThreadPool;
  readonly globalTables: GlobalTables | null;
  readonly offsets: ApplicationOffsets;
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
  #failure: { readonly error: unknown } | null = null;

  constructor(options: ApplicationOptions) {
    this.#options = options;
    this.config = runtimeConfig(options.config, options.topology.name);
    const serdes = new TopicSerdes(options.topology, this.config.applicationId, options.schemaRegistry ?? null);
    this.#environment = {
      ...options,
      broker: serdes.around(options.broker),
      serdes,
      config: this.config,
      clock: options.clock ?? systemClock,
      logger: (options.logger ?? silentLogger).child({ application: this.config.applicationId }),
      listener: options.stateListener ?? {},
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

  /**
   * Finishes the record it is at, commits, closes the stores. Rejects when that last commit fails; after an earlier error it
   * resolves when everything is closed. May be called twice.
   */
  async close(): Promise<void> {
    const before = this.#state;
    this.#on('close');
    this.#aborted.abort();
    this.#opened?.pool.stop();
    if (before === 'CREATED') this.#stopped();
    const failed = this.#state === 'PENDING_ERROR' || this.#state === 'ERROR';
    await (failed ? this.finished.catch(() => undefined) : this.finished);
  }

  /** How many records of all source partitions, internal ones included, are not committed yet by any instance. 0 when everything is done. */
  async lag(): Promise<number> {
    const { pool, offsets } = this.#mustBeOpen();
    const lags = await offsets.lags(pool.threads.flatMap(({ manager }) => manager.running.map(({ task }) => task)));
    return lags.reduce((sum, { lag }) => sum + lag, 0);
  }

  /** What this instance does at this moment. */
  status(): ApplicationStatus {
    const threads = this.#opened?.pool.threads.map(({ status }) => status) ?? [];
    return {
      applicationId: this.config.applicationId,
      processId: this.#opened?.shared.processId ?? null,
      state: this.#state,
      paused: false,
      threads,
    };
  }

  /** What this instance has done so far. */
  metrics(): ApplicationMetrics {
    if (this.#opened === null) return metricsOf([], { commits: 0, recordsRestored: 0 });
    const { pool, globalTables } = this.#opened;
    const recordsRestored = pool.restored + (globalTables?.restored ?? 0);
    return metricsOf(pool.counters, { commits: pool.commits, recordsRestored });
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
    const { pool, globalTables } = this.#mustBeOpen();
    const global = globalTables?.stores(name) ?? [];
    if (global.length > 0) return new ReadOnlyStores(global.map((store) => new Map([[name, store]])));
    return new ReadOnlyStores(pool.threads.flatMap(({ manager }) => manager.running.map(({ task }) => task.stores)));
  }

  /** Runs until it is closed or fails; everything it opens is closed again. */
  async #run(): Promise<void> {
    const cleanup = new CleanupStack();
    try {
      this.#opened = await this.#open(cleanup);
      if (!this.#aborted.signal.aborted) await this.#opened.pool.run();
    } catch (error) {
      this.#fail(error);
    }
    // The first error is the cause, what follows from it is noise.
    await cleanup.run().catch((error: unknown) => (this.#failure ??= { error }));
    this.#stopped();
  }

  async #open(cleanup: CleanupStack): Promise<OpenedApplication> {
    const environment = this.#environment;
    const { topology, broker, config, logger } = environment;
    const topics = await prepareTopics({ topology, admin: broker.admin, config, logger });
    await environment.serdes.open();
    const globalTables = await GlobalTables.open(environment);
    if (globalTables !== null) cleanup.defer(() => globalTables.close());
    const shared = await openSharedParts(environment, topics, globalTables);
    const pool = new ThreadPool({
      shared,
      onStopRequested: () => this.#fail(stoppedByAnother()),
      onStateChange: () => this.#followThreads(),
      onFailure: (error) => this.#fail(error),
    });
    globalTables?.follow({ ...config, onFailure: (error) => this.#fail(error) });
    return { shared, pool, globalTables, offsets: new ApplicationOffsets(broker, topics) };
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
    const known = failure.error instanceof MillraceError ? failure.error : defect(failure.error);
    // What keeps it from starting, `start` throws.
    if (this.#hasRun) this.#environment.logger.error('stopped by an error', describeError(known));
    this.#settle.reject(known);
    this.#firstRun.reject(known);
  }

  #on(event: ApplicationEvent): void {
    const before = this.#state;
    this.#state = stateAfter(before, event);
    if (this.#state === before) return;
    this.#environment.logger.info('changed state', { from: before, to: this.#state });
    this.#environment.listener.onStateChange?.(this.#state, before);
  }

  #mustBeOpen(): OpenedApplication {
    if (this.#opened !== null && (this.#state === 'RUNNING' || this.#state === 'REBALANCING')) return this.#opened;
    throw new MillraceError('RUNTIME_STATE', `Expected the application to be RUNNING, got ${this.#state}`);
  }
}

function describeError(error: MillraceError): { readonly [name: string]: string } {
  return { code: error.code, error: error.message, place: describeContext(error.context), remedy: error.remedy };
}

function stoppedByAnother(): MillraceError {
  return new MillraceError(
    'APPLICATION_STOPPED',
    'Expected the application to run, got the order of an instance to stop everywhere',
  );
}

function defect(cause: unknown): MillraceError {
  return new MillraceError('INTERNAL', 'Expected the runtime to throw only errors of the catalogue, got another', {
    cause,
  });
}
