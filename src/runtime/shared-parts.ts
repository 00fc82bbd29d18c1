import { taskName } from '../core/task-id.ts';
import type { TopicPartition } from '../core/topic-partition.ts';
import type { GlobalTables } from './state/global-tables.ts';
import { type LocalState, ProcessLocalState } from './state/local-state.ts';
import { MemberIds } from './threads/member-ids.ts';
import type { TaskPlan } from './topics/partition-plan.ts';
import type { PreparedTopics } from './topics/prepare-topics.ts';
import { readProcessId } from './process-id.ts';
import type { RuntimeEnvironment } from './runtime-environment.ts';
import { TaskStores } from './state/task-stores.ts';
import { topicNamesOf } from './topics/topic-names.ts';

/** What the threads of an application share that run in one event loop. */
export interface SharedParts {
  readonly environment: RuntimeEnvironment;
  readonly topics: PreparedTopics;
  readonly globalTables: GlobalTables | null;
  readonly stores: TaskStores;
  readonly localState: LocalState;
  /** The same with what threads in workers say of theirs; null in a worker. */
  readonly processState: ProcessLocalState | null;
  readonly processId: string;
  readonly memberIds: MemberIds;
  /** All tasks of the application, by name. */
  readonly plans: ReadonlyMap<string, TaskPlan>;
  /** The partitions that a task reads. */
  readonly partitionsOf: (task: string) => readonly TopicPartition[];
}

/** Makes them, and looks at what local state there is, unless the process has done so already. */
export async function openSharedParts(
  environment: RuntimeEnvironment,
  topics: PreparedTopics,
  globalTables: GlobalTables | null,
): Promise<SharedParts> {
  const { topology, config } = environment;
  const stores = new TaskStores(environment, topics.sourceChangelogs);
  const processState = environment.worker === null ? new ProcessLocalState(stores) : null;
  const localState = environment.worker?.localState ?? (processState as LocalState);
  const processId = await readProcessId(config);
  await processState?.load(topics.tasks);
  const memberIds = new MemberIds(config, environment.logger);
  const plans = new Map(topics.tasks.map((plan) => [taskName(plan.id), plan]));
  const topicName = topicNamesOf(topology, config.applicationId);
  const partitionsOf = (task: string): TopicPartition[] => {
    const { id, sourceTopics } = plans.get(task) as TaskPlan;
    return sourceTopics.map((topic) => ({ topic: topicName(topic), partition: id.partition }));
  };
  const state = { stores, localState, processState, processId, memberIds };
  return { environment, topics, globalTables, ...state, plans, partitionsOf };
}
