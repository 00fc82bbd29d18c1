import type { Broker, BrokerConsumer, PollResult } from '../../broker/port.ts';
import type { Clock } from '../../core/clock.ts';
import type { ApplicationListener } from '../application-listener.ts';
import type { StoreStatus } from '../application-status.ts';
import { applyAll, RESTORE_FETCH_BYTES } from './restore.ts';
import { isRetriable } from '../errors/retriable-error.ts';
import { retried } from '../errors/retried.ts';
import { byPartition } from '../topics/start-offsets.ts';
import { StoreReplay } from './store-replay.ts';
import type { TaskStore } from './task-store.ts';
import { Waker } from '../waker.ts';

/** What an updater needs. */
export interface StateUpdaterOptions {
  readonly broker: Broker;
  /** The consumer group, whose committed offsets standbys of source topics do not pass. */
  readonly group: string;
  readonly clock: Clock;
  /** For how long a poll is tried again whose error may go away, in milliseconds. */
  readonly taskTimeoutMs: number;
  readonly listener: ApplicationListener;
  /** Called when all stores of tasks that were to be restored are. */
  readonly onRestored: (tasks: readonly string[]) => void;
  /** Called when standbys got on. */
  readonly onProgress: () => void;
  /** Called when it fails; `throwIfFailed` then throws. */
  readonly onFailure: () => void;
}

/** How long a poll waits: it only decides how soon a limit that has moved is looked at. */
const POLL_MS = 500;
/** How often the committed offsets are looked at that limit standbys. */
const LIMIT_INTERVAL_MS = 1000;

const NOTHING: PollResult = { batches: [], endOffsets: new Map() };

interface Followed {
  readonly task: string;
  readonly standby: boolean;
  readonly replays: readonly StoreReplay[];
}

/**
 * Brings the stores of tasks up to their changelogs beside the processing of others: with a consumer of its own, in large
 * batches, written in bulk. Standbys follow theirs for ever, but stand back while a task waits to be restored.
 */
export class StateUpdater {
  /** How many records were replayed for tasks that wait for them. */
  restored = 0;
  readonly #options: StateUpdaterOptions;
  readonly #followed = new Map<string, Followed>();
  readonly #waker = new Waker();
  /** What is fetched, by `partitionName`. */
  #replays: ReadonlyMap<string, StoreReplay> = new Map();
  #consumer: BrokerConsumer | null = null;
  #running: Promise<void> | null = null;
  #writing: Promise<unknown> = Promise.resolve();
  #changed = false;
  #closing = false;
  #limitsAtMs = 0;
  #failure: { readonly error: unknown } | null = null;

  constructor(options: StateUpdaterOptions) {
    this.#options = options;
  }

  /** How far the stores of a task are that it waits for, or that it follows as a standby. */
  statusOf(task: string): readonly StoreStatus[] {
    const nowMs = this.#options.clock.now();
    return (this.#followed.get(task)?.replays ?? []).map((replay) => replay.statusAt(nowMs));
  }

  /** Restores the stores of a task to these ends, by `partitionName`; `onRestored` tells when it is done. */
  restore(task: string, stores: readonly TaskStore[], ends: ReadonlyMap<string, { endOffset: number }>): void {
    const replays = this.#replaysOf(stores, this.#options.listener).filter((replay) => {
      replay.endOffset = ends.get(replay.name)?.endOffset ?? 0;
      return !replay.takenAll;
    });
    if (replays.length === 0) return this.#options.onRestored([task]);
    for (const replay of replays) replay.begin();
    this.#add({ task, standby: false, replays });
  }

  /** Has the stores of a task follow their changelogs until it is removed. */
  follow(task: string, stores: readonly TaskStore[]): void {
    const replays = this.#replaysOf(stores, {});
    // Nothing is known to be committed of sources before the limits are looked at.
    for (const replay of replays) replay.endOffset = replay.fromSource ? 0 : Infinity;
    this.#limitsAtMs = 0;
    if (replays.length > 0) this.#add({ task, standby: true, replays });
  }

  /** How many offsets a standby is behind, as far as is known; infinite for a task that it does not follow. */
  lagOf(task: string): number {
    const followed = this.#followed.get(task);
    if (followed === undefined) return Infinity;
    return followed.replays.reduce((sum, { lag }) => sum + lag, 0);
  }

  /** Lets a task go. When it resolves nothing is written to its stores any more. */
  async remove(task: string): Promise<void> {
    if (!this.#followed.delete(task)) return;
    this.#change();
    await this.#writing.catch(() => undefined);
  }

  /** Throws what it failed with. */
  throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** Stops. What is restored so far stays valid. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#followed.clear();
    this.#change();
    await this.#running;
    await this.#consumer?.close();
  }

  #add(followed: Followed): void {
    this.#followed.set(followed.task, followed);
    this.#change();
    this.#running ??= this.#run().catch((error: unknown) => {
      this.#failure = { error };
      this.#options.onFailure();
    });
  }

  #change(): void {
    this.#changed = true;
    this.#consumer?.wakeup();
    this.#waker.wake();
  }

  async #run(): Promise<void> {
    this.#consumer = await this.#options.broker.openConsumer();
    try {
      while (!this.#closing) await this.#round(this.#consumer);
    } finally {
      await this.#writing.catch(() => undefined);
    }
  }

  /** Fetches the next records while the stores write those before, each store its own. */
  async #round(consumer: BrokerConsumer): Promise<void> {
    const limited = this.#limited();
    if (limited.length > 0) await this.#moveLimits(limited);
    if (this.#changed) {
      await this.#writing;
      this.#assign(consumer);
    }
    if (this.#replays.size === 0) return this.#waker.sleep(limited.length === 0 ? null : LIMIT_INTERVAL_MS);
    const [{ batches, endOffsets }] = await Promise.all([this.#poll(consumer), this.#writing]);
    const wanted = this.#wanted();
    for (const [name, replay] of wanted) replay.knownEnd = endOffsets.get(name) ?? replay.knownEnd;
    this.#writing = Promise.all(applyAll(batches, wanted)).then(() => this.#finish());
    // Taken up by the next round; until then it is not unhandled.
    this.#writing.catch(() => undefined);
    for (const replay of wanted.values()) if (replay.takenAll) consumer.pause([replay.changelog]);
  }

  async #poll(consumer: BrokerConsumer): Promise<PollResult> {
    const { clock, taskTimeoutMs: timeoutMs } = this.#options;
    const unwanted = (): boolean => this.#changed || this.#closing;
    const poll = (): Promise<PollResult> => consumer.poll({ maxWaitMs: POLL_MS, maxBytes: RESTORE_FETCH_BYTES });
    try {
      return await retried(poll, { clock, timeoutMs, retriable: isRetriable, unwanted });
    } catch (error) {
      if (unwanted() && isRetriable(error)) return NOTHING;
      throw error;
    }
  }

  /** What of the assignment has not been removed since. */
  #wanted(): ReadonlyMap<string, StoreReplay> {
    if (!this.#changed) return this.#replays;
    const followed = new Set([...this.#followed.values()].flatMap(({ replays }) => replays));
    return new Map([...this.#replays].filter(([, replay]) => followed.has(replay)));
  }

  #assign(consumer: BrokerConsumer): void {
    this.#changed = false;
    const all = [...this.#followed.values()];
    const restoring = all.filter(({ standby }) => !standby);
    const replays = (restoring.length > 0 ? restoring : all)
      .flatMap((followed) => followed.replays)
      .filter(({ takenAll }) => !takenAll);
    this.#replays = new Map(replays.map((replay) => [replay.name, replay]));
    consumer.assign(replays.map(({ next }) => next));
  }

  /** Tells of the tasks that are restored. */
  #finish(): void {
    const done = [...this.#followed.values()].filter(
      ({ standby, replays }) => !standby && replays.every(({ takenAll }) => takenAll),
    );
    if (done.length === 0) return this.#options.onProgress();
    for (const { task, replays } of done) {
      this.#followed.delete(task);
      for (const { restored } of replays) this.restored += restored;
    }
    this.#change();
    this.#options.onRestored(done.map(({ task }) => task));
  }

  /** The standbys that go no further than what is committed. */
  #limited(): StoreReplay[] {
    return [...this.#followed.values()]
      .filter(({ standby }) => standby)
      .flatMap(({ replays }) => replays.filter(({ fromSource }) => fromSource));
  }

  async #moveLimits(limited: readonly StoreReplay[]): Promise<void> {
    const { broker, group, clock } = this.#options;
    if (clock.now() - this.#limitsAtMs < LIMIT_INTERVAL_MS) return;
    this.#limitsAtMs = clock.now();
    const sources = limited.map(({ changelog }) => changelog);
    const committed = byPartition(await broker.admin.committedOffsets(group, sources));
    for (const replay of limited) {
      const endOffset = committed.get(replay.name) ?? 0;
      if (endOffset <= replay.endOffset) continue;
      replay.endOffset = endOffset;
      this.#changed = true;
    }
  }

  #replaysOf(stores: readonly TaskStore[], listener: ApplicationListener): StoreReplay[] {
    const nowMs = this.#options.clock.now();
    return stores.flatMap((store) =>
      store.plan.changelog === null ? [] : new StoreReplay(store, 0, { listener, nowMs }),
    );
  }
}
