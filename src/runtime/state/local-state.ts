import { stat } from 'node:fs/promises';
import { type TaskId, taskName } from '../../core/task-id.ts';
import type { TaskPosition } from '../assignment/subscription-data.ts';
import type { TaskPlan } from '../topics/partition-plan.ts';
import type { TaskStore, TaskStorePlan } from './task-store.ts';
import type { TaskStores } from './task-stores.ts';

/** Opening replays logs on Node's few threads; more at once only wait for them. */
const OPENED_AT_ONCE = 4;

/**
 * How far the state on the disk is of tasks that no thread of this process has open: what the leader of the group decides by
 * who should get a task.
 */
export interface LocalState {
  /** How far the state of each such task is. */
  readonly positions: readonly TaskPosition[];
  /** To be told before a thread opens the stores of a task. */
  opening(task: string): void;
  /** To be told when a thread has closed the stores of a task. */
  closed(plan: TaskPlan, stores: readonly TaskStore[]): void;
}

/** What is known of it in the event loop that reports it to the group, for all threads of the process. */
export class ProcessLocalState implements LocalState {
  readonly #stores: TaskStores;
  /** By task: the sum of its stores' positions. */
  readonly #positions = new Map<string, TaskPosition>();

  constructor(stores: TaskStores) {
    this.#stores = stores;
  }

  get positions(): readonly TaskPosition[] {
    return [...this.#positions.values()];
  }

  /** Looks at what an earlier run, or a thread that is gone, has left of these tasks. */
  async load(plans: readonly TaskPlan[]): Promise<void> {
    const waiting = [...plans];
    const loadNext = async (): Promise<void> => {
      for (let plan = waiting.pop(); plan !== undefined; plan = waiting.pop()) await this.#load(plan);
    };
    await Promise.all(Array.from({ length: OPENED_AT_ONCE }, loadNext));
  }

  opening(task: string): void {
    this.#positions.delete(task);
  }

  closed(plan: TaskPlan, stores: readonly TaskStore[]): void {
    this.remember(positionOfTask(plan, stores));
  }

  /** To be told how far the state of a task is; null changes nothing. */
  remember(position: TaskPosition | null): void {
    if (position !== null) this.#positions.set(taskName(position), position);
  }

  async #load(plan: TaskPlan): Promise<void> {
    const positions: number[] = [];
    for (const store of this.#stores.plansOf(plan)) positions.push(...(await readPosition(store)));
    this.remember(sumOf(plan.id, positions));
  }
}

/** How far the state of a task is; null where none of it is kept. */
export function positionOfTask({ id }: TaskPlan, stores: readonly TaskStore[]): TaskPosition | null {
  return sumOf(
    id,
    stores.flatMap(({ plan, store }) => positionOf(plan, store.position)),
  );
}

function sumOf(id: TaskId, positions: readonly number[]): TaskPosition | null {
  if (positions.length === 0) return null;
  return { ...id, offset: positions.reduce((sum, position) => sum + position, 0) };
}

/** State that cannot be opened is no state: whoever gets the task says why. */
async function readPosition(plan: TaskStorePlan): Promise<number[]> {
  if (!plan.backend.persistent || plan.changelog === null) return [];
  const exists = await stat(plan.directory).then(
    () => true,
    () => false,
  );
  if (!exists) return [];
  try {
    const engine = await plan.backend.open(plan.directory);
    const { position } = engine;
    await engine.close();
    return positionOf(plan, position);
  } catch {
    return [];
  }
}

function positionOf({ backend, changelog }: TaskStorePlan, position: number | null): number[] {
  return !backend.persistent || changelog === null || position === null ? [] : [position];
}
