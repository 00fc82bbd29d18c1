import type { RowsChanged } from '../binlog/binlog-reader.ts';
import { eventFailure, isOfOneEvent } from '../binlog/event-failure.ts';
import type { SourceTransaction } from '../format/source-transaction.ts';
import type { Snapshotter } from '../snapshot/snapshotter.ts';
import type { CaptureSession } from './capture-session.ts';
import type { CapturedTable } from './captured-table.ts';
import { atEvent, type Quarantine, type UnreadableRows } from './quarantine.ts';
import { DROP } from './stream-teller.ts';

/** The transaction whose rows are written. */
export interface WrittenTransaction {
  /** With the rows of captured tables seen so far. */
  readonly told: SourceTransaction;
  /** Rows that an earlier attempt has written already, by table. */
  readonly skip: { readonly [table: string]: number };
}

/** What writing rows needs. */
export interface RowsWriterOptions {
  readonly session: CaptureSession;
  readonly snapshotter: Snapshotter;
  /** Where events go that cannot be read; null where they end the source. */
  readonly quarantine: Quarantine | null;
  /** Told of rows that are written, by table. */
  onRows(table: string, operation: RowsChanged['operation'], rows: number): void;
  /** Commits what is written of a transaction that goes on. */
  commitPart(): Promise<void>;
}

/** Makes records of the rows of the stream, and puts aside what cannot be written. */
export class RowsWriter {
  readonly #options: RowsWriterOptions;
  readonly #session: CaptureSession;

  constructor(options: RowsWriterOptions) {
    this.#options = options;
    this.#session = options.session;
  }

  /** Writes rows of a version that is prepared; waits only where the broker transaction is full and must be committed in between. */
  add(table: CapturedTable, change: RowsChanged, transaction: WrittenTransaction): Promise<void> | undefined {
    this.#options.snapshotter.observe(table, change);
    this.#options.onRows(table.name, change.operation, change.rows.length);
    return this.#addFrom(0, { table, change, transaction });
  }

  /** Puts what cannot be read into the quarantine; throws why where there is none. */
  setAside(rows: UnreadableRows, { told, skip }: WrittenTransaction): void {
    const { quarantine } = this.#options;
    if (quarantine === null || !isOfOneEvent(rows.error)) throw rows.error;
    const { topic } = quarantine;
    const row = told.rows[topic] ?? 0;
    told.rows[topic] = row + 1;
    const sink = row < (skip[topic] ?? 0) ? DROP : this.#session.buffer.sink(topic, 1);
    quarantine.add(rows, { transaction: told, row, sink });
  }

  /** Puts a whole event aside; its rows count as seen. */
  setAllAside(
    error: unknown,
    { table, change, transaction }: { table: CapturedTable; change: RowsChanged; transaction: WrittenTransaction },
  ): void {
    const { told } = transaction;
    const found = atEvent(eventFailure(error), change, told.gtid);
    this.setAside({ bytes: change.event, error: found, row: change.firstRow, isOneRow: false }, transaction);
    told.rows[table.name] = (told.rows[table.name] ?? 0) + change.rows.length;
  }

  #addFrom(
    start: number,
    of: { table: CapturedTable; change: RowsChanged; transaction: WrittenTransaction },
  ): Promise<void> | undefined {
    const { table, change, transaction } = of;
    const { told } = transaction;
    const sink = table.sinkIn(this.#session.buffer);
    const to = { transaction: told, row: told.rows[table.name] ?? 0, sink };
    const skip = transaction.skip[table.name] ?? 0;
    for (let index = start; index < change.rows.length; index++) {
      // What is written already is made once more and dropped, for a format may count its events.
      to.sink = to.row < skip ? DROP : sink;
      try {
        table.addChange(change, index, to);
      } catch (error) {
        this.#onUnwritable(error, { change, index, isWritten: to.row < skip, transaction });
      }
      told.rows[table.name] = ++to.row;
      if (this.#session.isFull) return this.#commitAndContinue(index + 1, of);
    }
    return undefined;
  }

  /** A row that its format cannot write; the others of its event can be. */
  #onUnwritable(
    cause: unknown,
    of: { change: RowsChanged; index: number; isWritten: boolean; transaction: WrittenTransaction },
  ): void {
    const { change, index, isWritten, transaction } = of;
    const error = atEvent(eventFailure(cause), change, transaction.told.gtid);
    if (isWritten && this.#options.quarantine !== null) return;
    this.setAside({ bytes: change.event, error, row: change.firstRow + index, isOneRow: true }, transaction);
  }

  async #commitAndContinue(
    next: number,
    of: { table: CapturedTable; change: RowsChanged; transaction: WrittenTransaction },
  ): Promise<void> {
    await this.#options.commitPart();
    await this.#addFrom(next, of);
  }
}
