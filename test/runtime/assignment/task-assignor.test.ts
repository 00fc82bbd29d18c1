import { expect, test } from 'vitest';
import type { JoinedMember } from '../../../src/broker/group-port.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { decodeAssignment } from '../../../src/runtime/assignment/assignment-data.ts';
import { encodeSubscription, type SubscriptionData } from '../../../src/runtime/assignment/subscription-data.ts';
import { TaskAssignor, type TaskAssignorOptions } from '../../../src/runtime/assignment/task-assignor.ts';
import { tasksOf } from './assignment-simulation.ts';

const CONFIG = { numStandbyReplicas: 0, acceptableRecoveryLag: 10, maxWarmupReplicas: 2, rackAwareAssignmentTags: [] };

function assignor(options: Partial<TaskAssignorOptions> = {}): TaskAssignor {
  return new TaskAssignor({
    tasks: tasksOf([4], () => true).map((task) => ({
      ...task,
      inputPartitions: [{ topic: 'orders', partition: task.id.partition }],
    })),
    config: CONFIG,
    probingRebalanceIntervalMs: 600_000,
    endOffsets: (ids) => Promise.resolve(new Map(ids.map(({ partition }) => [`0_${partition}`, 1000]))),
    logger: silentLogger,
    ...options,
  });
}

function member(memberId: string, data: Partial<SubscriptionData> = {}): JoinedMember {
  const userData = encodeSubscription({
    processId: `process of ${memberId}`,
    endpoint: `${memberId}:8080`,
    threads: 1,
    tags: new Map(),
    active: [],
    standby: [],
    positions: [],
    stop: false,
    ...data,
  });
  return { memberId, instanceId: null, subscription: { topics: ['orders'], ownedPartitions: [], userData } };
}

const partition = (number: number): { subTopology: number; partition: number } => ({
  subTopology: 0,
  partition: number,
});

test('everybody learns what is to be run, what it reads, and where everything is', async () => {
  const assignments = await assignor().assign([member('a'), member('b')]);
  const [a, b] = ['a', 'b'].map((id) => decodeAssignment(assignments.get(id)?.userData as Buffer));
  expect(a?.active).toHaveLength(2);
  expect(assignments.get('a')?.partitions).toEqual(
    a?.active.map((id) => ({ topic: 'orders', partition: id.partition })),
  );
  expect(a?.hosts).toEqual([
    { endpoint: 'a:8080', active: a?.active, standby: [] },
    { endpoint: 'b:8080', active: b?.active, standby: [] },
  ]);
  expect(b?.hosts).toEqual(a?.hosts);
});

test('the ends of the changelogs decide whose state is good', async () => {
  const assignments = await assignor({ tasks: assignorTask() }).assign([
    member('a', { positions: [{ ...partition(0), offset: 100 }] }),
    member('b', { positions: [{ ...partition(0), offset: 995 }] }),
  ]);
  const [a, b] = ['a', 'b'].map((id) => decodeAssignment(assignments.get(id)?.userData as Buffer));
  expect([a?.active, b?.active]).toEqual([[], [partition(0)]]);
  expect([a?.probeAfterMs, b?.probeAfterMs]).toEqual([null, null]);
});

test('where the ends of changelogs cannot be learned, tasks stay where their state is, and it is asked again', async () => {
  const failing = assignor({ endOffsets: () => Promise.reject(new Error('no broker')) });
  const assignments = await failing.assign([
    member('a', { positions: [0, 1].map((number) => ({ ...partition(number), offset: 1 })) }),
    member('b', { positions: [2, 3].map((number) => ({ ...partition(number), offset: 1 })) }),
  ]);
  const [a, b] = ['a', 'b'].map((id) => decodeAssignment(assignments.get(id)?.userData as Buffer));
  expect([a?.active, b?.active]).toEqual([
    [partition(0), partition(1)],
    [partition(2), partition(3)],
  ]);
  expect([a?.probeAfterMs, b?.probeAfterMs]).toEqual([600_000, null]);
});

test('a member that a newer program writes for gets nothing, and what it runs nobody else gets before it gave it up', async () => {
  const newer = member('b');
  newer.subscription.userData[1] = 99;
  const owning = {
    ...newer,
    subscription: { ...newer.subscription, ownedPartitions: [{ topic: 'orders', partition: 3 }] },
  };
  const first = await assignor().assign([member('a'), owning]);
  expect(first.get('a')?.partitions.map((one) => one.partition)).toEqual([0, 1, 2]);
  expect(first.get('b')?.partitions).toEqual([]);
  expect(decodeAssignment(first.get('b')?.userData as Buffer).followUp).toBe(true);
  const second = await assignor().assign([member('a', { active: [0, 1, 2].map(partition) }), newer]);
  expect(second.get('a')?.partitions).toHaveLength(4);
});

function assignorTask(): TaskAssignorOptions['tasks'] {
  return [{ id: partition(0), stateful: true, inputPartitions: [{ topic: 'orders', partition: 0 }] }];
}
