import type { Broker, BrokerConsumer, ConsumedBatch } from '../../broker/port.ts';
import { partitionName } from '../../core/topic-partition.ts';
import type { ApplicationListener } from '../application-listener.ts';
import type { ChangelogRange } from './changelog-range.ts';
import { StoreReplay } from './store-replay.ts';
import { restoredTo, type TaskStore } from './task-store.ts';

/** What restoring needs. */
export interface RestoreOptions {
  readonly broker: Broker;
  readonly listener: ApplicationListener;
  /** Ends the restore early; what is restored so far stays valid. */
  readonly signal: AbortSignal;
}

/** About how many bytes one poll of changelogs brings: larger than in processing, for records are only copied. */
export const RESTORE_FETCH_BYTES = 4 * 1024 * 1024;
const RESTORE_POLL_MS = 100;

/** Replays the changelogs of the stores that need it, all at once, each to the end that it had when it was opened. Returns how many records. */
export async function restoreStores(stores: readonly TaskStore[], options: RestoreOptions): Promise<number> {
  const open = new Map<string, StoreReplay>();
  for (const taskStore of stores) {
    const { endOffset } = taskStore.range as ChangelogRange;
    if (restoredTo(taskStore) >= endOffset) continue;
    const replay = new StoreReplay(taskStore, endOffset, { listener: options.listener, nowMs: 0 });
    open.set(replay.name, replay);
  }
  if (open.size === 0) return 0;
  const all = [...open.values()];
  const consumer = await options.broker.openConsumer();
  try {
    await replayAll(consumer, open, options.signal);
  } finally {
    await consumer.close();
  }
  return all.reduce((sum, { restored }) => sum + restored, 0);
}

/** Starts to apply what a poll brought, store by store. */
export function applyAll(batches: readonly ConsumedBatch[], open: ReadonlyMap<string, StoreReplay>): Promise<void>[] {
  const byName = Map.groupBy(batches, ({ topic, partition }) => partitionName(topic, partition));
  return [...byName].flatMap(([name, parts]) => open.get(name)?.apply(parts) ?? []);
}

/** Fetches the next records while the stores write those before, each store its own. */
async function replayAll(consumer: BrokerConsumer, open: Map<string, StoreReplay>, signal: AbortSignal): Promise<void> {
  for (const replay of open.values()) replay.begin();
  consumer.assign([...open.values()].map((replay) => replay.next));
  let writing: Promise<unknown> = Promise.resolve();
  try {
    while (open.size > 0 && !signal.aborted) {
      const poll = consumer.poll({ maxWaitMs: RESTORE_POLL_MS, maxBytes: RESTORE_FETCH_BYTES });
      const [{ batches }] = await Promise.all([poll, writing]);
      writing = Promise.all(applyAll(batches, open));
      // Taken up by the next round; until then it is not unhandled.
      writing.catch(() => undefined);
      for (const replay of open.values()) if (replay.takenAll) finish(replay);
    }
    await writing;
  } finally {
    await writing.catch(() => undefined);
  }

  function finish(replay: StoreReplay): void {
    open.delete(replay.name);
    consumer.pause([replay.changelog]);
  }
}
