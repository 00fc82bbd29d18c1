import type { AssignmentConfig } from './assignment-model.ts';
import { BalancedLoads } from './balanced-loads.ts';
import { compareRanks, lowest } from './compare-ranks.ts';
import { type AssignableProcess, lagOf } from './processes.ts';

/** Whose copies are to be placed. */
export interface StandbyRequest {
  /** The stateful tasks. */
  readonly tasks: readonly string[];
  readonly processes: readonly AssignableProcess[];
  /** The process that runs each task. */
  readonly active: ReadonlyMap<string, string>;
  readonly config: AssignmentConfig;
}

/**
 * The processes that keep copies of each task: never the one that runs it, spread over racks first, balanced within one as far
 * as these allow, and otherwise where the copies are.
 */
export function placeStandbys(request: StandbyRequest): ReadonlyMap<string, readonly string[]> {
  const replicas = Math.min(request.config.numStandbyReplicas, request.processes.length - 1);
  const placement = new StandbyPlacement(request, replicas);
  if (replicas > 0) {
    for (const task of request.tasks) placement.keep(task);
    for (const task of request.tasks) placement.fill(task);
    placement.balance();
  }
  return placement.standbys;
}

class StandbyPlacement {
  readonly standbys: ReadonlyMap<string, string[]>;
  readonly #request: StandbyRequest;
  readonly #processes: ReadonlyMap<string, AssignableProcess>;
  readonly #replicas: number;
  readonly #loads: BalancedLoads;
  readonly #actives = new Map<string, number>();

  constructor(request: StandbyRequest, replicas: number) {
    this.#request = request;
    this.#replicas = replicas;
    this.#processes = new Map(request.processes.map((process) => [process.id, process]));
    this.standbys = new Map(request.tasks.map((task) => [task, []]));
    this.#loads = new BalancedLoads(request.processes, new Map(), request.tasks.length * replicas);
    for (const id of request.active.values()) this.#actives.set(id, (this.#actives.get(id) ?? 0) + 1);
  }

  /** Leaves copies where they are, unless that is against racks or balance. */
  keep(task: string): void {
    const present = this.#request.processes
      .filter(({ standby }) => standby.has(task))
      .sort((one, other) => compareRanks([lagOf(one, task)], [lagOf(other, task)]));
    for (const process of present) {
      if (this.#of(task).length === this.#replicas) return;
      if (!this.#loads.hasRoom(process.id)) continue;
      const candidates = this.#candidates(task);
      const best = Math.min(...candidates.map((one) => this.#sharedTags(task, one)));
      if (candidates.includes(process) && this.#sharedTags(task, process) === best) this.#add(task, process.id);
    }
  }

  /** Makes copies until there are as many as wanted. */
  fill(task: string): void {
    while (this.#of(task).length < this.#replicas) {
      const best = lowest(this.#candidates(task), (process) => [
        this.#sharedTags(task, process),
        this.#loads.hasRoom(process.id) ? 0 : 1,
        lagOf(process, task),
        this.#loads.ratio(process.id),
        (this.#actives.get(process.id) ?? 0) / process.capacity,
      ]) as AssignableProcess;
      this.#add(task, best.id);
    }
  }

  /** Moves copies from the loaded to the idle, where that is as good for racks. */
  balance(): void {
    let moved = true;
    while (moved) {
      const byLoad = this.#request.processes.toSorted((one, other) =>
        compareRanks([this.#loads.ratio(one.id)], [this.#loads.ratio(other.id)]),
      );
      moved = byLoad.toReversed().some((from) => byLoad.some((to) => this.#move(from, to)));
    }
  }

  #move(from: AssignableProcess, to: AssignableProcess): boolean {
    if (this.#loads.ratio(from.id) <= this.#loads.ratioWithOneMore(to.id)) return false;
    const movable = this.#request.tasks.filter((task) => {
      const others = this.#of(task);
      if (!others.includes(from.id) || others.includes(to.id) || this.#request.active.get(task) === to.id) return false;
      return this.#sharedTags(task, to, from.id) <= this.#sharedTags(task, from, from.id);
    });
    const task = lowest(movable, (name) => [lagOf(to, name)]);
    if (task === undefined) return false;
    const list = this.#of(task);
    list.splice(list.indexOf(from.id), 1);
    this.#loads.remove(from.id);
    this.#add(task, to.id);
    return true;
  }

  #add(task: string, processId: string): void {
    this.#of(task).push(processId);
    this.#loads.add(processId);
  }

  #of(task: string): string[] {
    return this.standbys.get(task) as string[];
  }

  #candidates(task: string): readonly AssignableProcess[] {
    const active = this.#request.active.get(task);
    const standbys = this.#of(task);
    return this.#request.processes.filter(({ id }) => id !== active && !standbys.includes(id));
  }

  /** How many of the task's other places have the same values of tags, over all tags. */
  #sharedTags(task: string, process: AssignableProcess, except?: string): number {
    let shared = 0;
    for (const id of [this.#request.active.get(task) as string, ...this.#of(task)]) {
      if (id === except) continue;
      const other = this.#processes.get(id) as AssignableProcess;
      for (const tag of this.#request.config.rackAwareAssignmentTags) {
        const value = process.tags.get(tag);
        if (value !== undefined && value === other.tags.get(tag)) shared += 1;
      }
    }
    return shared;
  }
}
