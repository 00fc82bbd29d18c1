import { join } from 'node:path';
import { taskName } from '../../core/task-id.ts';
import { partitionName, type TopicPartition } from '../../core/topic-partition.ts';
import { storeVersion } from '../../store/migrated-value.ts';
import type { StoreSpec } from '../../store/store.ts';
import { changelogTopicName } from '../../topology/topology.ts';
import { applicationDirectory } from './application-directory.ts';
import { type ChangelogRange, changelogRanges, sourceRanges } from './changelog-range.ts';
import { CleanupStack } from '../cleanup-stack.ts';
import type { TaskPlan } from '../topics/partition-plan.ts';
import type { RuntimeEnvironment } from '../runtime-environment.ts';
import { openTaskStore, type TaskStore, type TaskStorePlan } from './task-store.ts';

/** The stores of the tasks of an application: where they are, and what their changelogs hold. */
export class TaskStores {
  readonly #environment: RuntimeEnvironment;
  readonly #sourceChangelogs: ReadonlyMap<string, string>;

  /** `sourceChangelogs` are, by store, the source topics that serve as changelogs. */
  constructor(environment: RuntimeEnvironment, sourceChangelogs: ReadonlyMap<string, string>) {
    this.#environment = environment;
    this.#sourceChangelogs = sourceChangelogs;
  }

  /** What there is to open for a task. */
  plansOf(plan: TaskPlan): TaskStorePlan[] {
    const { topology, storeBackend, memoryBackend, config } = this.#environment;
    const task = taskName(plan.id);
    const taskDirectory = join(applicationDirectory(config), task);
    return plan.subTopology.stores.map((name) => {
      const spec = topology.stores.get(name) as StoreSpec<any, any>;
      const sourceTopic = this.#sourceChangelogs.get(name);
      const topic = sourceTopic ?? changelogTopicName(config.applicationId, name);
      return {
        spec,
        task,
        backend: spec.storage === 'memory' ? memoryBackend : storeBackend,
        directory: join(taskDirectory, directoryOf(name, storeVersion(spec), sourceTopic)),
        earlierDirectories: Array.from({ length: storeVersion(spec) }, (_, version) =>
          join(taskDirectory, directoryOf(name, version, sourceTopic)),
        ),
        changelog: spec.logged ? { topic, partition: plan.id.partition } : null,
        fromSource: sourceTopic !== undefined,
        // A memory engine needs no cache in front of it.
        cacheBytes: spec.storage === 'memory' ? 0 : config.storeCacheBytes,
      };
    });
  }

  /** The changelog partitions of a task. */
  changelogsOf(plan: TaskPlan): readonly TopicPartition[] {
    return this.plansOf(plan).flatMap(({ changelog }) => changelog ?? []);
  }

  /** What the changelogs of stores hold now, by `partitionName`; of a source only what the group has committed. */
  async ranges(plans: readonly TaskStorePlan[]): Promise<ReadonlyMap<string, ChangelogRange>> {
    const { broker, config } = this.#environment;
    const partitions = (fromSource: boolean): TopicPartition[] =>
      plans.flatMap((plan) => (plan.changelog !== null && plan.fromSource === fromSource ? [plan.changelog] : []));
    const own = await changelogRanges(broker, partitions(false));
    return new Map([...own, ...(await sourceRanges(broker, config.applicationId, partitions(true)))]);
  }

  /** Opens the stores of one task, all at once: LevelDB replays its log when it opens, on a thread of its own. All or none. */
  async open(
    plans: readonly TaskStorePlan[],
    ranges: ReadonlyMap<string, ChangelogRange>,
  ): Promise<readonly TaskStore[]> {
    const cleanup = new CleanupStack();
    const opened = await Promise.allSettled(
      plans.map(async (plan) => {
        const { changelog } = plan;
        const range = changelog === null ? null : ranges.get(partitionName(changelog.topic, changelog.partition));
        const taskStore = await openTaskStore(plan, range ?? null, this.#environment.logger);
        cleanup.defer(() => taskStore.store.close());
        return taskStore;
      }),
    );
    const failed = opened.find((result) => result.status === 'rejected');
    if (failed === undefined) return opened.map((result) => (result as PromiseFulfilledResult<TaskStore>).value);
    await cleanup.run().catch(() => undefined);
    throw failed.reason;
  }
}

/**
 * Where a store is kept. Positions of one topic mean nothing in another, nor values of one version in another: so the state
 * that goes with one is not taken for that of another.
 */
function directoryOf(store: string, version: number, sourceTopic?: string): string {
  if (sourceTopic !== undefined) return `${store}@source`;
  return version === 0 ? store : `${store}@v${version}`;
}
