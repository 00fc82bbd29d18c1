import type { AssignableMember } from './assignment-model.ts';
import { type Placeable, placeSticky } from './place-sticky.ts';
import type { AssignableProcess } from './processes.ts';

/** What a process runs. */
export interface ProcessTasks {
  /** Those with state first: they are balanced before the others. */
  readonly active: readonly (readonly Placeable[])[];
  readonly standby: readonly Placeable[];
}

/** What a member runs. */
export interface PlacedTasks {
  readonly active: Set<string>;
  readonly standby: Set<string>;
}

/** Spreads the tasks of a process over its members, where they are if that is balanced. */
export function placeOnMembers(process: AssignableProcess, tasks: ProcessTasks): ReadonlyMap<string, PlacedTasks> {
  const { members } = process;
  const placed = new Map<string, PlacedTasks>(
    members.map(({ memberId }) => [memberId, { active: new Set(), standby: new Set() }]),
  );
  const slots = members.map(({ memberId, threads }) => ({ id: memberId, capacity: threads }));
  const byId = new Map(members.map((member) => [member.memberId, member]));
  const held = new Map<string, number>();
  for (const items of tasks.active) {
    const places = placeSticky({
      items,
      slots,
      held: new Map(held),
      owner: (name) => members.find(({ active }) => active.has(name))?.memberId,
      distance: (name, id) => ((byId.get(id) as AssignableMember).standby.has(name) ? 0 : Infinity),
    });
    for (const [name, id] of places) {
      placed.get(id)?.active.add(name);
      held.set(id, (held.get(id) ?? 0) + 1);
    }
  }
  const places = placeSticky({
    items: tasks.standby,
    slots,
    owner: (name) => members.find(({ standby }) => standby.has(name))?.memberId,
    distance: (name, id) => ((byId.get(id) as AssignableMember).active.has(name) ? 0 : Infinity),
  });
  for (const [name, id] of places) placed.get(id)?.standby.add(name);
  return placed;
}
