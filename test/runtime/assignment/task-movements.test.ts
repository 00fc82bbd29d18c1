import { expect, test } from 'vitest';
import { AssignmentSimulation, CHANGELOG_LENGTH, tasksOf } from './assignment-simulation.ts';

const CONFIG = { numStandbyReplicas: 0, acceptableRecoveryLag: 100, maxWarmupReplicas: 2, rackAwareAssignmentTags: [] };

test('a task with state moves only after its new owner has caught up', () => {
  const simulation = new AssignmentSimulation(
    tasksOf([4], () => true),
    CONFIG,
  );
  const first = simulation.join(simulation.process());
  simulation.rebalance();
  const second = simulation.join(simulation.process());
  simulation.rebalance();
  expect([first.active.size, second.active.size, second.standby.size]).toEqual([4, 0, 2]);
  expect(simulation.last?.needsProbing).toBe(true);
  simulation.catchUp(CHANGELOG_LENGTH - 101);
  simulation.rebalance();
  expect([first.active.size, second.active.size]).toEqual([4, 0]);
  simulation.catchUp(1);
  simulation.rebalance();
  expect([first.active.size, second.active.size]).toEqual([2, 2]);
  expect(simulation.last?.needsProbing).toBe(false);
});

test('no more warm up at once than are allowed', () => {
  const simulation = new AssignmentSimulation(
    tasksOf([8], () => true),
    { ...CONFIG, maxWarmupReplicas: 1 },
  );
  simulation.join(simulation.process());
  simulation.rebalance();
  const second = simulation.join(simulation.process());
  simulation.rebalance();
  expect(second.standby.size).toBe(1);
  expect(simulation.settle()).toBe(5);
  expect(second.active.size).toBe(4);
});

test('a task without state moves at once', () => {
  const simulation = new AssignmentSimulation(
    tasksOf([4], () => false),
    CONFIG,
  );
  simulation.join(simulation.process());
  simulation.rebalance();
  const second = simulation.join(simulation.process());
  expect(simulation.rebalance()).toBe(2);
  expect(second.active.size).toBe(2);
  expect(simulation.last?.needsProbing).toBe(false);
});

test('when a process dies its tasks go to their copies', () => {
  const simulation = new AssignmentSimulation(
    tasksOf([6], () => true),
    { ...CONFIG, numStandbyReplicas: 1 },
  );
  const members = [1, 2, 3].map(() => simulation.join(simulation.process()));
  simulation.settle();
  const [dead] = members;
  const copies = new Map(members.flatMap(({ memberId, standby }) => [...standby].map((task) => [task, memberId])));
  const orphans = [...(dead?.active ?? [])];
  simulation.remove(dead as (typeof members)[number]);
  expect(simulation.rebalance()).toBe(1);
  expect(orphans.map((task) => simulation.owners().get(task))).toEqual(orphans.map((task) => copies.get(task)));
});

test('a process that comes back with its state has its tasks again without restoring them', () => {
  const simulation = new AssignmentSimulation(
    tasksOf([6], () => true),
    CONFIG,
  );
  const [one] = [1, 2].map(() => simulation.join(simulation.process()));
  simulation.settle();
  const before = simulation.processes();
  const { process } = one as { process: Parameters<typeof simulation.join>[0] };
  simulation.remove(one as NonNullable<typeof one>);
  simulation.join(process);
  simulation.rebalance();
  expect(simulation.processes()).toEqual(before);
});

test('the task stays with whose state is furthest where none has caught up', () => {
  const simulation = new AssignmentSimulation(
    tasksOf([1], () => true),
    CONFIG,
  );
  const [near, far] = [simulation.process(), simulation.process()];
  near.lags.set('0_0', 500);
  far.lags.set('0_0', 900);
  simulation.join(far);
  const best = simulation.join(near);
  simulation.rebalance();
  expect([...best.active]).toEqual(['0_0']);
});
