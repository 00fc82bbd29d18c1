import { assert as check, array, asyncProperty, constantFrom, integer, nat, record } from 'fast-check';
import { expect, test } from 'vitest';
import { taskName } from '../../../src/core/task-id.ts';
import { tasksOf } from './assignment-simulation.ts';
import { GroupSimulation } from './group-simulation.ts';

const step = record({
  kind: constantFrom('join' as const, 'leave' as const, 'crash' as const, 'restart' as const),
  which: nat(10),
  thenMs: constantFrom(0, 2000, 15_000, 70_000),
});

test('members that join, leave, crash and come back in any order end up with every task run once', async () => {
  await check(
    asyncProperty(
      array(step, { maxLength: 8 }),
      record({
        numStandbyReplicas: nat(1),
        acceptableRecoveryLag: constantFrom(0, 100),
        maxWarmupReplicas: integer({ min: 1, max: 2 }),
        rackAwareAssignmentTags: constantFrom([]),
      }),
      async (steps, config) => {
        const tasks = tasksOf([3, 4], (subTopology) => subTopology === 1).map((task) => ({
          ...task,
          inputPartitions: [{ topic: `topic-${task.id.subTopology}`, partition: task.id.partition }],
        }));
        const simulation = new GroupSimulation(tasks, config);
        let processes = 0;
        simulation.join(`process-${processes++}`);
        for (const { kind, which, thenMs } of steps) {
          const member = simulation.members[which % Math.max(1, simulation.members.length)];
          if (kind === 'join' || member === undefined) simulation.join(`process-${processes++}`);
          else if (kind === 'leave') await member.leave();
          else member.crash();
          if (kind === 'restart' && member !== undefined) simulation.join(member.processId, member.disk);
          await simulation.live(thenMs);
        }
        if (simulation.members.length === 0) simulation.join(`process-${processes++}`);
        await simulation.live(15 * 60_000);
        expect(simulation.problems).toEqual([]);
        const running = simulation.members.flatMap(({ active }) => [...active.keys()]).sort();
        expect(running).toEqual(tasks.map(({ id }) => taskName(id)).sort());
        const loads = simulation.members.map(({ active }) => active.size);
        expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1);
      },
    ),
    { numRuns: 40 },
  );
});
