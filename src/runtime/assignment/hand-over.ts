import type { AssignableMember, MemberTasks } from './assignment-model.ts';
import type { PlacedTasks } from './place-on-members.ts';

const NOTHING: PlacedTasks = { active: new Set(), standby: new Set() };

/**
 * What members get at once of what they are to run: a task that another member still runs is given only when that one has
 * given it up, in the rebalance that it asks for then. So no task ever has two owners. The same holds for a copy whose files
 * another member of the process has open.
 *
 * A task that two members say they run is given to neither, until both have given it up.
 */
export function handOver(
  members: readonly AssignableMember[],
  placed: ReadonlyMap<string, PlacedTasks>,
): ReadonlyMap<string, MemberTasks> {
  const runners = new Map<string, AssignableMember[]>();
  const holders = new Map<string, AssignableMember[]>();
  for (const member of members) {
    for (const task of member.active) append(runners, task, member);
    for (const task of member.active) append(holders, fileKey(task, member), member);
    for (const task of member.standby) append(holders, fileKey(task, member), member);
  }
  const waitedFor = new Set<string>();
  const isFree = (task: string, member: AssignableMember, kind: 'active' | 'standby'): boolean => {
    const running = kind === 'active' ? (runners.get(task) ?? []) : [];
    const holding = holders.get(fileKey(task, member)) ?? [];
    const others = [...running, ...holding].filter((other) => other !== member);
    for (const { memberId } of others) waitedFor.add(memberId);
    // One of two that say they run it must give it up as well, and then ask again.
    if (others.length > 0 && member.active.has(task)) waitedFor.add(member.memberId);
    return others.length === 0;
  };
  const given = members.map((member) => {
    const { active, standby } = placed.get(member.memberId) ?? NOTHING;
    const now = [...active].filter((task) => isFree(task, member, 'active'));
    // Who waits for a task goes on following it, so that its copy is still good when it gets it.
    const soon = [...active].filter((task) => !now.includes(task) && member.standby.has(task));
    return {
      member,
      active: now,
      standby: [...standby].filter((task) => isFree(task, member, 'standby')).concat(soon),
    };
  });
  return new Map(
    given.map(({ member, active, standby }) => [
      member.memberId,
      { active, standby, followUp: waitedFor.has(member.memberId) },
    ]),
  );
}

function fileKey(task: string, { processId }: AssignableMember): string {
  return `${task} ${processId}`;
}

function append(lists: Map<string, AssignableMember[]>, key: string, member: AssignableMember): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [member]);
  else list.push(member);
}
