import { type RecoveryPoint, writeCheckpoint } from './checkpoint.ts';
import type { Journal } from './journal.ts';
import type { LogStorage } from './log-storage.ts';
import type { LogWriter } from './log-writer.ts';
import type { PartitionLog } from './partition-log.ts';
import type { TopicRegistry } from './topic-registry.ts';

/** What a checkpoint is made of. */
export interface CheckpointSources {
  readonly storage: LogStorage;
  readonly registry: TopicRegistry;
  readonly writer: LogWriter;
  readonly journal: Journal;
}

/** Makes what was written safe on the disk and then notes, as the checkpoint, that it is. */
export class Checkpointer {
  readonly #sources: CheckpointSources;
  #running: Promise<void> | undefined;

  constructor(sources: CheckpointSources) {
    this.#sources = sources;
  }

  /** Takes a checkpoint of everything written before the call, if anything was. Throws BROKER_STORAGE. */
  async run(options: { always?: boolean } = {}): Promise<void> {
    // One that is under way began before this call and may lack what was written since.
    while (this.#running !== undefined) await this.#running.catch(() => undefined);
    if (!this.#sources.storage.unsynced && options.always !== true) return;
    this.#running = this.#take().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  async #take(): Promise<void> {
    const { storage, registry, writer, journal } = this.#sources;
    const lastTransactionId = writer.lastTransactionId;
    const partitions = [...registry.logs()].filter((log) => log.nextOffset > 0).map(recoveryPointOf);
    const generation = journal.rotate();
    try {
      await storage.sync();
    } catch (error) {
      writer.fail(error);
      throw error;
    }
    await writeCheckpoint(storage, { version: 1, lastTransactionId, partitions });
    journal.removeBefore(generation);
  }
}

function recoveryPointOf(log: PartitionLog): RecoveryPoint {
  const { topicId, partition, logStart, compaction, nextOffset } = log;
  const active = log.segments.at(-1);
  const segment = active === undefined || active.compacted ? nextOffset : active.baseOffset;
  const position = active === undefined || active.compacted ? 0 : active.size;
  return { topicId, partition, logStart, compaction, segment, position, nextOffset };
}
