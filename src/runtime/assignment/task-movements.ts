import type { AssignmentConfig } from './assignment-model.ts';
import { compareRanks, lowest } from './compare-ranks.ts';
import { type AssignableProcess, lagOf } from './processes.ts';

/** Where stateful tasks and their copies should be in the end. */
export interface MovementRequest {
  readonly tasks: readonly string[];
  readonly processes: readonly AssignableProcess[];
  readonly active: ReadonlyMap<string, string>;
  readonly standbys: ReadonlyMap<string, readonly string[]>;
  readonly config: AssignmentConfig;
}

/** Where they are to be until then. */
export interface Movements {
  readonly active: ReadonlyMap<string, string>;
  /** Warm-ups included. */
  readonly standbys: ReadonlyMap<string, readonly string[]>;
  readonly warmups: ReadonlyMap<string, string>;
  /** Whether something is not yet where it should be. */
  readonly pending: boolean;
}

/**
 * A stateful task moves only when its new owner has caught up: until then it stays with (or goes to) the process whose state is
 * furthest, and the new owner warms up. So does a copy while another is still good. At most `maxWarmupReplicas` warm up at the
 * same time, those first that are furthest.
 */
export function planMovements(request: MovementRequest): Movements {
  const { processes, config } = request;
  const byId = new Map(processes.map((process) => [process.id, process]));
  const planned = new PlannedMovements(request);
  const targetOf = (task: string): AssignableProcess =>
    byId.get(request.active.get(task) as string) as AssignableProcess;
  const byProgress = request.tasks
    .map((task) => ({ task, rank: [lagOf(targetOf(task), task)] }))
    .sort((one, other) => compareRanks(one.rank, other.rank));
  for (const { task } of byProgress) {
    const target = targetOf(task);
    const furthest = lowest(processes, (process) => [
      isCaughtUp(process, task, config) ? 0 : lagOf(process, task),
      process.active.has(task) ? 0 : 1,
      process.standby.has(task) ? 0 : 1,
      planned.activeCount(process.id) / process.capacity,
    ]) as AssignableProcess;
    if (isCaughtUp(target, task, config) || lagOf(target, task) <= lagOf(furthest, task)) planned.run(task, target.id);
    else planned.runUntilWarm(task, furthest.id, target.id);
  }
  for (const { task } of byProgress) {
    for (const id of request.standbys.get(task) ?? []) {
      const target = byId.get(id) as AssignableProcess;
      const good = processes.find((process) => process.standby.has(task) && isCaughtUp(process, task, config));
      if (good === undefined || isCaughtUp(target, task, config)) continue;
      if (planned.has(task, good.id) || !planned.has(task, target.id)) continue;
      planned.keepUntilWarm(task, good.id, target);
    }
  }
  return planned;
}

function isCaughtUp(process: AssignableProcess, task: string, config: AssignmentConfig): boolean {
  return lagOf(process, task) <= config.acceptableRecoveryLag;
}

class PlannedMovements implements Movements {
  readonly active = new Map<string, string>();
  readonly standbys: Map<string, string[]>;
  readonly warmups = new Map<string, string>();
  pending = false;
  readonly #maxWarmups: number;
  readonly #activeCounts = new Map<string, number>();

  constructor({ standbys, config }: MovementRequest) {
    this.standbys = new Map([...standbys].map(([task, ids]) => [task, [...ids]]));
    this.#maxWarmups = config.maxWarmupReplicas;
  }

  activeCount(processId: string): number {
    return this.#activeCounts.get(processId) ?? 0;
  }

  has(task: string, processId: string): boolean {
    return this.active.get(task) === processId || this.#of(task).includes(processId);
  }

  run(task: string, processId: string): void {
    this.active.set(task, processId);
    this.#activeCounts.set(processId, this.activeCount(processId) + 1);
  }

  /** The task runs at one process until another has caught up; where the former should have a copy they change places. */
  runUntilWarm(task: string, processId: string, targetId: string): void {
    this.pending = true;
    this.run(task, processId);
    const standbys = this.#of(task);
    const place = standbys.indexOf(processId);
    if (place >= 0) standbys[place] = targetId;
    else this.#warmUp(task, targetId);
  }

  /** A copy that is good stays until the one that is to replace it is good too. */
  keepUntilWarm(task: string, processId: string, target: AssignableProcess): void {
    this.pending = true;
    const standbys = this.#of(task);
    standbys[standbys.indexOf(target.id)] = processId;
    this.#warmUp(task, target.id);
  }

  #warmUp(task: string, processId: string): void {
    if (this.warmups.size >= this.#maxWarmups || this.warmups.has(task)) return;
    this.warmups.set(task, processId);
    this.#of(task).push(processId);
  }

  #of(task: string): string[] {
    return this.standbys.get(task) as string[];
  }
}
