import type { AssignableMember } from './assignment-model.ts';

/** The members of one process, which share its local state. */
export interface AssignableProcess {
  readonly id: string;
  /** The threads of all its members. */
  readonly capacity: number;
  readonly tags: ReadonlyMap<string, string>;
  readonly members: readonly AssignableMember[];
  readonly active: ReadonlySet<string>;
  readonly standby: ReadonlySet<string>;
  readonly lags: ReadonlyMap<string, number>;
}

/** The members by process, both in the order of their ids. */
export function groupByProcess(members: readonly AssignableMember[]): readonly AssignableProcess[] {
  const groups = new Map<string, AssignableMember[]>();
  for (const member of members.toSorted((one, other) => (one.memberId < other.memberId ? -1 : 1))) {
    const group = groups.get(member.processId);
    if (group === undefined) groups.set(member.processId, [member]);
    else group.push(member);
  }
  return [...groups]
    .map(([id, group]) => ({
      id,
      capacity: group.reduce((sum, { threads }) => sum + threads, 0),
      tags: (group[0] as AssignableMember).tags,
      members: group,
      active: union(group.map(({ active }) => active)),
      standby: union(group.map(({ standby }) => standby)),
      lags: leastLags(group),
    }))
    .sort((one, other) => (one.id < other.id ? -1 : 1));
}

/** How far the state of a process is behind: 0 for what it runs, Infinity where it has none. */
export function lagOf(process: AssignableProcess, task: string): number {
  return process.active.has(task) ? 0 : (process.lags.get(task) ?? Infinity);
}

function union(sets: readonly ReadonlySet<string>[]): ReadonlySet<string> {
  return new Set(sets.flatMap((set) => [...set]));
}

function leastLags(members: readonly AssignableMember[]): ReadonlyMap<string, number> {
  const least = new Map<string, number>();
  for (const { lags } of members) {
    for (const [task, lag] of lags) least.set(task, Math.min(lag, least.get(task) ?? Infinity));
  }
  return least;
}
