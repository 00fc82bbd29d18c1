import type { Logger } from '../../core/logger.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import type { TopicPartition } from '../../core/topic-partition.ts';
import type { StoreBackend, StoreEngine } from '../../store/engine.ts';
import type { BufferedStore } from '../../store/layers/buffered-store.ts';
import { createStore } from '../../store/layers/create-store.ts';
import type { StoreSpec } from '../../store/store.ts';
import type { ChangelogRange } from './changelog-range.ts';

/** A store that one task needs, not open yet. */
export interface TaskStorePlan {
  readonly spec: StoreSpec<any, any>;
  /** `1_3`. */
  readonly task: string;
  readonly backend: StoreBackend;
  readonly directory: string;
  /** Where earlier versions of its values were kept; deleted when it is opened, for the changelog has them. */
  readonly earlierDirectories?: readonly string[];
  /** The changelog partition; null for a store that is not logged. */
  readonly changelog: TopicPartition | null;
  /** Whether its changelog is the topic the task reads it from: nothing is written there, and what is not committed is not restored. */
  readonly fromSource: boolean;
  readonly cacheBytes: number;
}

/** An open store of one task. */
export interface TaskStore {
  readonly plan: TaskStorePlan;
  readonly store: BufferedStore<any, any>;
  /** What its changelog held when it was opened; null for a store that is not logged. */
  readonly range: ChangelogRange | null;
}

/** The changelog offset up to which a store that is logged has the records. */
export function restoredTo({ store, range }: TaskStore): number {
  return store.position ?? (range as ChangelogRange).firstOffset;
}

/**
 * Opens a store, which is then at some position of its changelog.
 *
 * One whose position its changelog does not cover (the log was lost, reset, or purged beyond it) or whose files are damaged is
 * thrown away and restored as a whole; without a changelog (`range` null) it is taken as it is.
 * Throws STORE_LOCKED, STORE_STORAGE, and STORE_CORRUPTED for a store that is not logged.
 */
export async function openTaskStore(
  plan: TaskStorePlan,
  range: ChangelogRange | null,
  logger: Logger,
): Promise<TaskStore> {
  for (const directory of plan.earlierDirectories ?? []) await plan.backend.destroy(directory);
  const engine = range === null ? await plan.backend.open(plan.directory) : await openCovered(plan, range, logger);
  return { plan, store: createStore(plan.spec, engine, { cacheBytes: plan.cacheBytes }), range };
}

async function openCovered(plan: TaskStorePlan, range: ChangelogRange, logger: Logger): Promise<StoreEngine> {
  const engine = await openUndamaged(plan, logger);
  const { position } = engine;
  if (position === null || (position >= range.firstOffset && position <= range.endOffset)) return engine;
  logger.warn('local state does not fit its changelog and is restored as a whole', {
    task: plan.task,
    store: plan.spec.name,
    position,
    ...range,
  });
  await engine.close();
  return openAnew(plan);
}

async function openUndamaged(plan: TaskStorePlan, logger: Logger): Promise<StoreEngine> {
  try {
    return await plan.backend.open(plan.directory);
  } catch (error) {
    if (!(error instanceof MillraceError) || error.code !== 'STORE_CORRUPTED') throw error;
    logger.warn('local state is damaged and is restored as a whole', { task: plan.task, store: plan.spec.name });
    return openAnew(plan);
  }
}

async function openAnew(plan: TaskStorePlan): Promise<StoreEngine> {
  await plan.backend.destroy(plan.directory);
  return plan.backend.open(plan.directory);
}
