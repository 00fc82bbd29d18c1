import type { GroupAssignment, JoinedMember } from '../../broker/group-port.ts';
import type { Logger } from '../../core/logger.ts';
import { type TaskId, taskName } from '../../core/task-id.ts';
import { partitionName, type TopicPartition } from '../../core/topic-partition.ts';
import { assignTasks } from './assign-tasks.ts';
import { encodeAssignment, type TaskHost } from './assignment-data.ts';
import type { AssignableMember, AssignableTask, AssignmentConfig, TaskAssignment } from './assignment-model.ts';
import { decodeSubscription, namesOf, type SubscriptionData } from './subscription-data.ts';

/** A task of the topology. */
export interface GroupTask extends AssignableTask {
  /** What it reads; no other task reads any of it. */
  readonly inputPartitions: readonly TopicPartition[];
}

/** What the leader of an application's group decides by. */
export interface TaskAssignorOptions {
  readonly tasks: readonly GroupTask[];
  readonly config: AssignmentConfig;
  /** How often tasks that wait for their next owner to catch up are looked at again, in milliseconds. */
  readonly probingRebalanceIntervalMs: number;
  /** The sum of the end offsets of the changelogs of each of the tasks, by `taskName`. */
  endOffsets(tasks: readonly TaskId[]): Promise<ReadonlyMap<string, number>>;
  readonly logger: Logger;
}

interface KnownMember extends AssignableMember {
  readonly endpoint: string | null;
}

/** The name of the assignor in the group protocol. */
export const ASSIGNOR_PROTOCOL = 'millrace';

/** The leader's part: from what the members say of themselves to what each of them gets. */
export class TaskAssignor {
  readonly #options: TaskAssignorOptions;
  readonly #tasks: ReadonlyMap<string, GroupTask>;

  constructor(options: TaskAssignorOptions) {
    this.#options = options;
    this.#tasks = new Map(options.tasks.map((task) => [taskName(task.id), task]));
  }

  /** See `GroupOptions.assign`. Throws GROUP_DATA. */
  async assign(joined: readonly JoinedMember[]): Promise<ReadonlyMap<string, GroupAssignment>> {
    const { tasks, config, logger } = this.#options;
    const read = joined.map((member) => ({ member, data: decodeSubscription(member.subscription.userData) }));
    const lags = await this.#lags(read.flatMap(({ data }) => (data === null ? [] : [data])));
    const members: KnownMember[] = [];
    const outsiders: KnownMember[] = [];
    for (const { member, data } of read) {
      if (data === null) outsiders.push(this.#outsider(member));
      else members.push(knownMember(member.memberId, data, lags.of(data)));
    }
    if (outsiders.length > 0)
      logger.warn('Members of a newer version get no tasks from this leader', { members: outsiders.length });
    const assignment = assignTasks({ tasks, members, outsiders, config });
    const needsProbing = assignment.needsProbing || !lags.complete;
    const hosts = this.#hosts(members, assignment);
    const stop = read.some(({ data }) => data?.stop === true);
    const processOf = new Map(members.map(({ memberId, processId }) => [memberId, processId]));
    const prober = joined.map(({ memberId }) => memberId).sort()[0];
    const entries = [...assignment.members].map(([memberId, given]): [string, GroupAssignment] => {
      const probeAfterMs = needsProbing && memberId === prober ? this.#options.probingRebalanceIntervalMs : null;
      const [active, standby] = [this.#ids(given.active), this.#ids(given.standby)];
      const isWarmup = (name: string): boolean => assignment.warmups.get(name) === processOf.get(memberId);
      const warmups = this.#ids(given.standby.filter(isWarmup));
      const { followUp } = given;
      const userData = encodeAssignment({ active, standby, followUp, probeAfterMs, hosts, warmups, stop });
      return [memberId, { partitions: this.#inputs(given.active), userData }];
    });
    return new Map(entries);
  }

  /** How far behind each process is. Where the ends cannot be learned, what state there is counts as good for now. */
  async #lags(data: readonly SubscriptionData[]): Promise<{
    readonly complete: boolean;
    of(member: SubscriptionData): ReadonlyMap<string, number>;
  }> {
    const present = new Set(data.flatMap(({ positions }) => positions.map(taskName)));
    const tasks = [...this.#tasks].filter(([name]) => present.has(name)).map(([, { id }]) => id);
    let ends: ReadonlyMap<string, number> = new Map();
    let complete = true;
    try {
      if (tasks.length > 0) ends = await this.#options.endOffsets(tasks);
    } catch (error) {
      complete = false;
      this.#options.logger.warn('The lags of tasks could not be learned; they are looked at again soon', { error });
    }
    const lagOf = (task: string, offset: number): number => Math.max(0, (ends.get(task) ?? 0) - offset);
    return {
      complete,
      of: ({ positions }) =>
        new Map(positions.map((position) => [taskName(position), lagOf(taskName(position), position.offset)])),
    };
  }

  /** Of a member whose data is not to be read it is known what it consumes. */
  #outsider({ memberId, subscription }: JoinedMember): KnownMember {
    const owned = new Set(subscription.ownedPartitions.map(({ topic, partition }) => partitionName(topic, partition)));
    const active = [...this.#tasks].filter(([, { inputPartitions }]) =>
      inputPartitions.some(({ topic, partition }) => owned.has(partitionName(topic, partition))),
    );
    return {
      memberId,
      processId: memberId,
      endpoint: null,
      threads: 1,
      tags: new Map(),
      active: new Set(active.map(([name]) => name)),
      standby: new Set(),
      lags: new Map(),
    };
  }

  #hosts(members: readonly KnownMember[], assignment: TaskAssignment): readonly TaskHost[] {
    const endpoints = new Map<string, string>();
    for (const { processId, endpoint } of members) if (endpoint !== null) endpoints.set(processId, endpoint);
    return [...endpoints].map(([processId, endpoint]) => ({
      endpoint,
      active: this.#ids([...assignment.activeProcess].filter(([, id]) => id === processId).map(([name]) => name)),
      standby: this.#ids(
        [...assignment.standbyProcesses].filter(([, ids]) => ids.includes(processId)).map(([name]) => name),
      ),
    }));
  }

  #inputs(names: readonly string[]): readonly TopicPartition[] {
    return names.flatMap((name) => (this.#tasks.get(name) as GroupTask).inputPartitions);
  }

  #ids(names: readonly string[]): readonly TaskId[] {
    return names.map((name) => (this.#tasks.get(name) as GroupTask).id);
  }
}

function knownMember(memberId: string, data: SubscriptionData, lags: ReadonlyMap<string, number>): KnownMember {
  const { processId, endpoint, threads, tags } = data;
  return {
    memberId,
    processId,
    endpoint,
    threads,
    tags,
    active: namesOf(data.active),
    standby: namesOf(data.standby),
    lags,
  };
}
