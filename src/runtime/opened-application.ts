import { ApplicationOffsets } from './application-offsets.ts';
import { CleanupStack } from './cleanup-stack.ts';
import { awaitReachable } from './errors/await-reachable.ts';
import { StoreQueries } from './queries/store-queries.ts';
import type { RuntimeEnvironment } from './runtime-environment.ts';
import { openSharedParts, type SharedParts } from './shared-parts.ts';
import { GlobalTables } from './state/global-tables.ts';
import { LocalStores } from './state/local-stores.ts';
import { lockApplicationDirectory } from './state/application-directory.ts';
import { ThreadPool, type ThreadPoolOptions } from './threads/thread-pool.ts';
import { prepareTopics } from './topics/prepare-topics.ts';

/** What an application has while it is started. */
export interface OpenedApplication {
  readonly shared: SharedParts;
  readonly pool: ThreadPool;
  readonly globalTables: GlobalTables | null;
  readonly localStores: LocalStores;
  readonly offsets: ApplicationOffsets;
  readonly queries: StoreQueries;
}

/** What an application is opened from: its environment, and what its threads are. */
export interface OpenApplicationOptions extends Omit<ThreadPoolOptions, 'shared'> {
  readonly environment: RuntimeEnvironment;
}

/**
 * Opens an application: again and again while what keeps it from opening may go away by itself. What is to be closed after
 * its threads have ended is left to `cleanup`. Throws STATE_DIRECTORY_LOCKED while another process has its local state.
 */
export async function openApplication(
  options: OpenApplicationOptions,
  cleanup: CleanupStack,
): Promise<OpenedApplication> {
  const { config, clock, logger, signal, worker } = options.environment;
  // Before anything is asked of the broker: as a second one with this process id, it would take the first out of its group.
  if (worker === null) {
    const lock = lockApplicationDirectory(config);
    cleanup.defer(async () => lock.release());
  }
  return awaitReachable(
    async () => {
      const attempt = new CleanupStack();
      try {
        const opened = await open(options, attempt);
        cleanup.defer(() => attempt.run());
        return opened;
      } catch (error) {
        await attempt.run().catch(() => undefined);
        throw error;
      }
    },
    { clock, logger, timeoutMs: config.taskTimeoutMs, unwanted: () => signal.aborted },
  );
}

async function open(
  { environment, ...threads }: OpenApplicationOptions,
  cleanup: CleanupStack,
): Promise<OpenedApplication> {
  const { topology, broker, config, logger } = environment;
  const topics = await prepareTopics({ topology, admin: broker.admin, config, logger });
  await environment.serdes.open();
  const globalTables = await GlobalTables.open(environment);
  if (globalTables !== null) cleanup.defer(() => globalTables.close());
  const shared = await openSharedParts(environment, topics, globalTables);
  const pool = new ThreadPool({ ...threads, shared });
  globalTables?.follow({ ...config, onFailure: threads.onFailure });
  return {
    shared,
    pool,
    globalTables,
    localStores: new LocalStores(pool, globalTables),
    offsets: new ApplicationOffsets(broker, topics),
    queries: storeQueries(shared, pool),
  };
}

function storeQueries({ environment, topics, globalTables }: SharedParts, pool: ThreadPool): StoreQueries {
  const { topology, broker, config } = environment;
  return new StoreQueries({
    topology,
    broker,
    globalTables,
    applicationId: config.applicationId,
    plans: topics.tasks,
    tasks: () => pool.local.flatMap(({ manager }) => manager.tasks),
    hosts: () => pool.threads.find(({ hosts }) => hosts.length > 0)?.hosts ?? [],
    workers: () => pool.workers,
    endpoint: config.applicationServer,
  });
}
