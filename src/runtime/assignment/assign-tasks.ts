import { taskName } from '../../core/task-id.ts';
import type { AssignableMember, AssignableTask, AssignmentConfig, TaskAssignment } from './assignment-model.ts';
import { handOver } from './hand-over.ts';
import { placeOnMembers, type PlacedTasks } from './place-on-members.ts';
import { placeStandbys } from './place-standbys.ts';
import { type Placeable, placeSticky } from './place-sticky.ts';
import { type AssignableProcess, groupByProcess, lagOf } from './processes.ts';
import { planMovements } from './task-movements.ts';

/** What is to be assigned to whom. */
export interface AssignmentRequest {
  readonly tasks: readonly AssignableTask[];
  /** At least one. */
  readonly members: readonly AssignableMember[];
  /** Members that get nothing. But what they run is theirs until they have given it up. */
  readonly outsiders?: readonly AssignableMember[];
  readonly config: AssignmentConfig;
}

/**
 * Decides who runs what, for high availability, as Kafka Streams does since KIP-441:
 *
 * 1. where tasks should be: spread over processes, each within one of its share, and otherwise where they are (`placeSticky`);
 *    those with state by themselves, so that these are balanced too; then copies (`placeStandbys`);
 * 2. where they are until their new owners have caught up (`planMovements`);
 * 3. which member of a process runs them (`placeOnMembers`);
 * 4. what may be given at once (`handOver`).
 *
 * The same request always has the same answer, whatever the order of the members.
 */
export function assignTasks(request: AssignmentRequest): TaskAssignment {
  const { config } = request;
  const processes = groupByProcess(request.members);
  const tasks = request.tasks.toSorted(
    ({ id: a }, { id: b }) => a.subTopology - b.subTopology || a.partition - b.partition,
  );
  const placeables = (stateful: boolean): readonly Placeable[] =>
    tasks
      .filter((task) => task.stateful === stateful)
      .map(({ id }) => ({ name: taskName(id), subTopology: id.subTopology }));
  const [stateful, stateless] = [placeables(true), placeables(false)];
  const statefulTargets = placeOnProcesses({
    items: stateful,
    claims: new Map(processes.map(({ id, active }) => [id, stateless.filter(({ name }) => active.has(name)).length])),
    processes,
    config,
  });
  const held = countByValue(statefulTargets);
  const statelessTargets = placeOnProcesses({ items: stateless, held, processes, config });
  const names = stateful.map(({ name }) => name);
  const standbys = placeStandbys({ tasks: names, processes, active: statefulTargets, config });
  const movements = planMovements({ tasks: names, processes, active: statefulTargets, standbys, config });
  const placed = new Map<string, PlacedTasks>();
  for (const process of processes) {
    const runs = ({ name }: Placeable): boolean => movements.active.get(name) === process.id;
    const active = [stateful.filter(runs), stateless.filter(({ name }) => statelessTargets.get(name) === process.id)];
    const standby = stateful.filter(({ name }) => movements.standbys.get(name)?.includes(process.id));
    for (const [memberId, tasksOfMember] of placeOnMembers(process, { active, standby }))
      placed.set(memberId, tasksOfMember);
  }
  return {
    members: handOver([...processes.flatMap(({ members }) => members), ...(request.outsiders ?? [])], placed),
    activeProcess: new Map([...movements.active, ...statelessTargets]),
    standbyProcesses: movements.standbys,
    warmups: movements.warmups,
    needsProbing: movements.pending,
  };
}

function placeOnProcesses(placement: {
  items: readonly Placeable[];
  held?: ReadonlyMap<string, number>;
  claims?: ReadonlyMap<string, number>;
  processes: readonly AssignableProcess[];
  config: AssignmentConfig;
}): ReadonlyMap<string, string> {
  const { processes, config } = placement;
  const byId = new Map(processes.map((process) => [process.id, process]));
  return placeSticky({
    ...placement,
    slots: processes,
    owner: (name) => processes.find(({ active }) => active.has(name))?.id,
    part: (name) => processes.flatMap(({ members }) => members).find(({ active }) => active.has(name))?.memberId,
    distance: (name, id) => {
      const lag = lagOf(byId.get(id) as AssignableProcess, name);
      return lag <= config.acceptableRecoveryLag ? 0 : lag;
    },
  });
}

function countByValue(map: ReadonlyMap<string, string>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const value of map.values()) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
