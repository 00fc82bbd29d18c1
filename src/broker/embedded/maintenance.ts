import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { Checkpointer } from './checkpointer.ts';
import { Compaction, segmentsToCompact } from './compaction.ts';
import { EventLoopTurn } from './event-loop-turn.ts';
import type { LogStorage } from './log-storage.ts';
import type { LogWriter } from './log-writer.ts';
import type { PartitionLog } from './partition-log.ts';
import { retainedStart } from './retention.ts';
import type { Segment } from './segment.ts';
import type { TopicRegistry } from './topic-registry.ts';

/** What maintenance works with. */
export interface MaintenanceSources {
  readonly storage: LogStorage;
  readonly registry: TopicRegistry;
  readonly writer: LogWriter;
  readonly checkpointer: Checkpointer;
  readonly clock: Clock;
  readonly logger: Logger;
}

// About 100 MB of keys and offsets.
const MAX_COMPACTION_KEYS = 1_000_000;

/** Keeps the logs at the size their settings say: closes old segments, applies retention, compacts. */
export class Maintenance {
  readonly #sources: MaintenanceSources;
  readonly #turn = new EventLoopTurn();
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(sources: MaintenanceSources) {
    this.#sources = sources;
  }

  /** Goes over all logs once; while it is under way, further calls wait for it. Throws LOG_CORRUPTED, BROKER_STORAGE. */
  run(): Promise<void> {
    this.#running ??= this.#goOver().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Lets what is under way come to an end soon. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running?.catch(() => undefined);
  }

  async #goOver(): Promise<void> {
    const { registry, writer, clock, checkpointer } = this.#sources;
    const nowMs = clock.now();
    const problems: unknown[] = [];
    const moves: [PartitionLog, number][] = [];
    const work: [PartitionLog, readonly Segment[]][] = [];
    for (const log of registry.logs()) {
      try {
        closeOldSegment(log, nowMs);
        moves.push([log, retainedStart(log, nowMs)]);
        if (this.#turn.isOver) await this.#turn.next();
      } catch (error) {
        problems.push(this.#report(log, error));
      }
    }
    writer.moveStarts(moves);
    for (const log of registry.logs()) {
      const closed = segmentsToCompact(log, nowMs);
      if (closed.length > 0) work.push([log, closed]);
    }
    for (const [log, closed] of work) {
      try {
        await this.#compact(log, closed);
      } catch (error) {
        problems.push(this.#report(log, error));
      }
    }
    // Notes how far compaction came.
    if (work.length > 0) await checkpointer.run({ always: true });
    if (problems.length > 0) throw problems[0];
  }

  async #compact(log: PartitionLog, closed: readonly Segment[]): Promise<void> {
    const { storage, clock, checkpointer } = this.#sources;
    const checkpoint = (): Promise<void> => checkpointer.run({ always: true });
    const isStopped = (): boolean => this.#stopped;
    await new Compaction({ storage, clock, maxKeys: MAX_COMPACTION_KEYS, checkpoint, isStopped }, log).run(closed);
  }

  /** One bad log does not keep the others from being looked after. */
  #report(log: PartitionLog, error: unknown): unknown {
    this.#sources.logger.error('Could not apply retention or compaction', { log: log.name, error });
    return error;
  }
}

function closeOldSegment(log: PartitionLog, nowMs: number): void {
  const active = log.segments.at(-1);
  if (active !== undefined && active.size > 0 && nowMs - active.createdMs >= log.settings['segment.ms']) log.roll();
}
