import { MillraceError } from '../../core/millrace-error.ts';
import type { StoreStatus, TaskStatus } from '../application-status.ts';
import type { TaskPosition } from '../assignment/subscription-data.ts';
import type { ChangelogRange } from '../state/changelog-range.ts';
import type { LocalState } from '../state/local-state.ts';
import { ManagedTask } from './managed-task.ts';
import type { TaskPlan } from '../topics/partition-plan.ts';
import { isRetriable } from '../errors/retriable-error.ts';
import { retried } from '../errors/retried.ts';
import type { RunningTask } from './running-task.ts';
import type { RuntimeEnvironment } from '../runtime-environment.ts';
import type { StateUpdater } from '../state/state-updater.ts';
import { TaskCounters } from './task-counters.ts';
import type { TaskFactory } from './task-factory.ts';
import type { TaskStore } from '../state/task-store.ts';
import type { TaskStores } from '../state/task-stores.ts';

/** The tasks that a thread is to have, by name. */
export interface ThreadAssignment {
  readonly active: readonly string[];
  readonly standby: readonly string[];
}

/** What a manager needs. */
export interface TaskManagerOptions {
  readonly environment: RuntimeEnvironment;
  /** All tasks of the application, by name. */
  readonly plans: ReadonlyMap<string, TaskPlan>;
  readonly stores: TaskStores;
  readonly factory: TaskFactory;
  readonly updater: StateUpdater;
  readonly localState: LocalState;
  /** Called when `takeChanged` or `throwIfFailed` has something to say. */
  readonly wake: () => void;
}

/**
 * The tasks of one thread, on their way from being assigned to running and back. Opening and restoring go on beside the
 * tasks that run; what runs changes only when the thread asks for it.
 */
export class TaskManager {
  /** What the tasks counted that were given up. */
  readonly retired = new TaskCounters();
  readonly #options: TaskManagerOptions;
  readonly #tasks = new Map<string, ManagedTask>();
  #running: readonly RunningTask[] = [];
  #changed = false;
  #failure: { readonly error: unknown } | null = null;

  constructor(options: TaskManagerOptions) {
    this.#options = options;
  }

  /** All tasks that the thread has. */
  get tasks(): readonly ManagedTask[] {
    return [...this.#tasks.values()];
  }

  /** Those that process. */
  get running(): readonly RunningTask[] {
    return this.#running;
  }

  /** Where the tasks are that are to process, or the others. */
  status(active: boolean): readonly TaskStatus[] {
    return this.tasks
      .filter((task) => task.active === active)
      .map(({ name, phase }) => ({ task: name, phase, stores: this.#options.updater.statusOf(name) }));
  }

  /** How far the stores of a task are that is being restored, or a standby. */
  storesOf(task: string): readonly StoreStatus[] {
    return this.#tasks.has(task) ? this.#options.updater.statusOf(task) : [];
  }

  /** How far the state of its standbys is. */
  get standbyPositions(): readonly TaskPosition[] {
    return this.tasks
      .filter(({ active, stores }) => !active && stores.length > 0)
      .map(({ plan, stores }) => ({
        ...plan.id,
        offset: stores.reduce((sum, { store }) => sum + (store.position ?? 0), 0),
      }));
  }

  /** Whether there are tasks that are to run and do not yet. */
  get pending(): boolean {
    return this.tasks.some(({ active, phase }) => active && phase !== 'running');
  }

  /** Whether `running` has changed since the last call. */
  takeChanged(): boolean {
    const changed = this.#changed;
    this.#changed = false;
    return changed;
  }

  /** Throws what bringing up a task failed with. */
  throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** The active tasks that an assignment takes away. Those that run must be committed before it is applied. */
  revokedBy({ active }: ThreadAssignment): readonly ManagedTask[] {
    return this.tasks.filter((task) => task.active && !active.includes(task.name));
  }

  /** Gives up what is not in the assignment and begins to bring up what is new in it. Not while a commit is on its way. */
  async assign({ active, standby }: ThreadAssignment): Promise<void> {
    const wanted = new Map([
      ...standby.map((name) => [name, false] as const),
      ...active.map((name) => [name, true] as const),
    ]);
    const gone = this.tasks.filter(({ name }) => !wanted.has(name));
    const demoted = this.tasks.filter((task) => task.active && wanted.get(task.name) === false);
    const promoted = this.tasks.filter((task) => !task.active && wanted.get(task.name) === true);
    await this.#closeAll(gone);
    await Promise.all(demoted.map((task) => this.#demote(task)));
    await Promise.all(promoted.map((task) => this.#promote(task)));
    const added = [...wanted]
      .filter(([name]) => !this.#tasks.has(name))
      .map(([name, isActive]) => this.#add(name, isActive));
    this.#bringUp([...promoted.filter(({ phase }) => phase !== 'opening'), ...added]);
    this.#update();
  }

  /** Closes all tasks and their stores; what they have not committed is dropped. Closes all, then throws the first error. */
  async closeAll(): Promise<void> {
    await this.#closeAll(this.tasks);
    this.#options.factory.dropHeldBack();
    this.#update();
  }

  /** To be told by the updater: the stores of these tasks are restored. */
  restored(names: readonly string[]): void {
    const tasks = names.map((name) => this.#tasks.get(name)).filter((task) => task !== undefined);
    for (const task of tasks) task.phase = 'starting';
    const work = this.#start(tasks).catch((error: unknown) => this.#fail(error));
    for (const task of tasks) task.work = work;
  }

  #add(name: string, active: boolean): ManagedTask {
    const plan = this.#options.plans.get(name);
    if (plan === undefined) {
      throw new MillraceError('INTERNAL', 'Expected to be assigned a task of the topology, got an unknown one', {
        context: { task: name },
      });
    }
    const task = new ManagedTask(plan, active);
    this.#tasks.set(name, task);
    return task;
  }

  #bringUp(tasks: readonly ManagedTask[]): void {
    if (tasks.length === 0) return;
    const ranges = this.#ranges(tasks);
    for (const task of tasks) task.promoted = false;
    for (const task of tasks) {
      task.work = ranges.then((known) => this.#open(task, known)).catch((error: unknown) => this.#fail(error));
    }
  }

  /** Opens the stores of a task, if they are not, and has them restored or followed. */
  async #open(task: ManagedTask, ranges: ReadonlyMap<string, ChangelogRange>): Promise<void> {
    if (task.closed) return;
    if (task.phase === 'opening') task.stores = await this.#opened(task, ranges);
    // What was known before it was promoted may have grown since.
    const ends = task.active && task.promoted ? await this.#ranges([task]) : ranges;
    if (task.closed) return;
    const { updater } = this.#options;
    if (task.active) {
      task.phase = 'restoring';
      updater.restore(task.name, task.stores, ends);
    } else {
      task.phase = 'standby';
      updater.follow(task.name, task.stores);
    }
  }

  #ranges(tasks: readonly ManagedTask[]): Promise<ReadonlyMap<string, ChangelogRange>> {
    const { stores } = this.#options;
    const plans = tasks.flatMap(({ plan }) => stores.plansOf(plan));
    return this.#retried(tasks, () => stores.ranges(plans));
  }

  /** Another thread of the process, or one that is about to end, may still have them open. */
  async #opened(task: ManagedTask, ranges: ReadonlyMap<string, ChangelogRange>): Promise<readonly TaskStore[]> {
    const { stores, environment, localState } = this.#options;
    const { clock, config } = environment;
    localState.opening(task.name);
    const plans = stores.plansOf(task.plan);
    try {
      return await retried(() => stores.open(plans, ranges), {
        clock,
        timeoutMs: config.taskTimeoutMs,
        retriable: isStoreLocked,
        unwanted: () => task.closed,
      });
    } catch (error) {
      if (task.closed) return [];
      throw error;
    }
  }

  async #start(tasks: readonly ManagedTask[]): Promise<void> {
    const wanted = (task: ManagedTask): boolean => !task.closed && task.active;
    const open = tasks.filter(wanted);
    const running = await this.#retried(open, () => this.#options.factory.create(open));
    for (const [index, task] of open.entries()) {
      if (!wanted(task)) continue;
      const made = running[index] as RunningTask;
      made.task.init();
      task.running = made;
      task.phase = 'running';
    }
    this.#update();
    this.#options.wake();
  }

  async #promote(task: ManagedTask): Promise<void> {
    task.active = true;
    task.promoted = true;
    if (task.phase === 'standby') await this.#options.updater.remove(task.name);
  }

  async #demote(task: ManagedTask): Promise<void> {
    const { updater } = this.#options;
    task.active = false;
    if (task.phase === 'opening') return;
    await updater.remove(task.name);
    await task.work;
    this.#stop(task);
    task.phase = 'standby';
    updater.follow(task.name, task.stores);
  }

  async #closeAll(tasks: readonly ManagedTask[]): Promise<void> {
    const results = await Promise.allSettled(tasks.map((task) => this.#close(task)));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  async #close(task: ManagedTask): Promise<void> {
    task.closed = true;
    this.#tasks.delete(task.name);
    // At once: the group may ask for it before all is closed.
    this.#options.localState.closed(task.plan, task.stores);
    await this.#options.updater.remove(task.name);
    await task.work;
    try {
      this.#stop(task);
    } finally {
      for (const { store } of task.stores) await store.close();
    }
  }

  #stop(task: ManagedTask): void {
    const { running } = task;
    task.running = null;
    if (running === null) return;
    this.retired.add(running.task.counters);
    running.task.close();
  }

  #retried<T>(tasks: readonly ManagedTask[], step: () => Promise<T>): Promise<T> {
    const { clock, config } = this.#options.environment;
    return retried(step, {
      clock,
      timeoutMs: config.taskTimeoutMs,
      retriable: isRetriable,
      unwanted: () => tasks.every(({ closed }) => closed),
    });
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#options.wake();
  }

  #update(): void {
    this.#running = this.tasks.flatMap(({ running }) => running ?? []);
    this.#changed = true;
  }
}

function isStoreLocked(error: unknown): boolean {
  return error instanceof MillraceError && error.code === 'STORE_LOCKED';
}
