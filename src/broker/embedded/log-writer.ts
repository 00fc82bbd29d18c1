import { MillraceError } from '../../core/millrace-error.ts';
import type { EncodedBatch } from './batch-codec.ts';
import type { Journal, JournalOffset } from './journal.ts';
import type { LogMark, PartitionLog } from './partition-log.ts';

/**
 * Everything that changes logs goes through here, one call at a time and each in one turn of the event loop: no reader ever
 * sees the middle of a transaction.
 *
 * A transaction's batches are written to their logs first and the journal's entry last. The entry is what commits: after a
 * crash before it, recovery finds batches of a transaction that the journal does not have, at the ends of their logs, and
 * cuts them off. Aborted records are therefore never in a log.
 */
export class LogWriter {
  readonly #journal: Journal;
  #lastTransactionId: number;
  #failure: MillraceError | undefined;

  constructor(journal: Journal, lastTransactionId: number) {
    this.#journal = journal;
    this.#lastTransactionId = lastTransactionId;
  }

  /** The greatest transaction id used. */
  get lastTransactionId(): number {
    return this.#lastTransactionId;
  }

  /** Appends batches to one log, all or nothing, and returns its end. Throws BROKER_STORAGE. */
  append(log: PartitionLog, batches: readonly EncodedBatch[]): number {
    this.#expectHealthy();
    const end = log.append(batches, 0);
    log.publish(batches);
    return end;
  }

  /** Appends batches to many logs, all or nothing, also after a crash at any moment. Throws BROKER_STORAGE. */
  commit(appends: ReadonlyMap<PartitionLog, readonly EncodedBatch[]>): void {
    this.#expectHealthy();
    this.#lastTransactionId += 1;
    const transactionId = this.#lastTransactionId;
    const marks: [PartitionLog, LogMark][] = [];
    try {
      const ends: JournalOffset[] = [];
      for (const [log, batches] of appends) {
        const mark = log.mark();
        ends.push([log.topicId, log.partition, log.append(batches, transactionId)]);
        marks.push([log, mark]);
      }
      this.#journal.append({ type: 'commit', transactionId, ends });
    } catch (error) {
      for (const [log, mark] of marks) log.rollBack(mark);
      throw error;
    }
    for (const [log, batches] of appends) log.publish(batches);
  }

  /** Moves the starts of logs for good, and removes what lies before them. Throws BROKER_STORAGE. */
  moveStarts(moves: readonly (readonly [log: PartitionLog, offset: number])[]): void {
    // A deleted log has files no more; those of its names may be of another topic by now.
    const forward = moves.filter(([log, offset]) => offset > log.logStart && !log.deleted);
    if (forward.length === 0) return;
    this.#expectHealthy();
    const starts = forward.map(([log, offset]): JournalOffset => [log.topicId, log.partition, offset]);
    this.#journal.append({ type: 'starts', starts });
    for (const [log, offset] of forward) log.moveStart(offset);
  }

  /**
   * Refuses all further writes: the system could not make earlier ones safe, and may have dropped them from its cache.
   * Reading goes on.
   */
  fail(cause: unknown): void {
    this.#failure ??= new MillraceError(
      'BROKER_STORAGE',
      'Expected to sync the log to the disk, got an error; writes are refused',
      {
        cause,
      },
    );
  }

  #expectHealthy(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
