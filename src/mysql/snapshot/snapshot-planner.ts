import type { Broker } from '../../broker/port.ts';
import type { Logger } from '../../core/logger.ts';
import type { DescribedTable } from '../schema/read-table-schemas.ts';
import type { CaptureSession } from '../source/capture-session.ts';
import type { CapturedTable } from '../source/captured-table.ts';
import { readTopicEnds } from '../source/read-to-end.ts';
import { readChunkEnd, readLastKey } from './chunk-plan.ts';
import type { ChunkReader } from './chunk-reader.ts';
import type { KeyBound } from './key-column.ts';
import { requireNothingPrepared } from './prepared-rows.ts';
import type { SnapshotRequest } from './snapshot-signal.ts';
import type { SnapshotStream } from './snapshotter.ts';
import { SnapshotWindow } from './snapshot-window.ts';
import { TableSnapshot, type SnapshotRules } from './table-snapshot.ts';

/** What a planner needs. */
export interface SnapshotPlannerOptions {
  readonly session: CaptureSession;
  readonly broker: Broker;
  readonly reader: ChunkReader;
  /** Chunks that are read at once. */
  readonly threads: number;
  readonly chunkRows: number;
  readonly lockTimeoutSeconds: number;
  readonly logger: Logger;
  rulesOf(table: CapturedTable): SnapshotRules;
  /** Whether the table can only be read at one point, under a lock, while nothing is streamed. */
  isReadAtPoint(table: CapturedTable): boolean;
  now(): number;
}

/** Where a planner puts what is to be written. */
export interface SnapshotTurns {
  readonly stream: SnapshotStream;
  /** Adds a chunk of a table that is being read; null: the table ends. */
  add(of: TableSnapshot, window: SnapshotWindow | null): void;
  readonly onNews: () => void;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Decides what is read next: tables in their order, each in chunks whose bounds the server finds in key order. Some chunks
 * are read ahead, as many as there are connections.
 */
export class SnapshotPlanner {
  readonly #options: SnapshotPlannerOptions;
  /** The latest of each table, in the order in which they were begun. */
  readonly #snapshots = new Map<CapturedTable, TableSnapshot>();
  #reading = 0;
  #freeSlot: () => void = () => {};
  #isClosed = false;
  #isIdle = false;
  #isPoked = false;
  #poke: () => void = () => {};
  #needsPoint = false;

  constructor(options: SnapshotPlannerOptions) {
    this.#options = options;
  }

  /** Whether nothing is left to be planned. */
  get isIdle(): boolean {
    return this.#isIdle;
  }

  /** Whether the next table can only be read while nothing is streamed. */
  get needsPoint(): boolean {
    return this.#needsPoint;
  }

  /** The snapshots that were begun, the latest of each table, in their order. */
  get snapshots(): readonly TableSnapshot[] {
    return [...this.#snapshots.values()];
  }

  /** Whether the table has not been read, and nothing of it was written yet. */
  isPending({ progress }: CapturedTable): boolean {
    return !progress.isSnapshotted && progress.chunks === null;
  }

  /** The snapshot of the table that is under way. */
  running(table: CapturedTable): TableSnapshot | undefined {
    const snapshot = this.#snapshots.get(table);
    return snapshot?.isEnded === false ? snapshot : undefined;
  }

  /** Plans until it is closed, or until a table comes that can only be read at a point. Throws what reading throws. */
  async run(turns: SnapshotTurns): Promise<void> {
    let previous: TableSnapshot | undefined;
    while (!this.#isClosed) {
      const table = this.#next();
      if (table === undefined) {
        await this.#idle(turns);
        continue;
      }
      const rules = this.#options.rulesOf(table);
      const isPoint = this.#options.isReadAtPoint(table);
      if (isPoint || !(rules.isTable && previous?.rules.isTable === true)) await this.#allEnded();
      if (isPoint) {
        this.#needsPoint = true;
        await this.#idle(turns);
        return;
      }
      previous = new TableSnapshot(table, rules, this.#options.now());
      this.#snapshots.delete(table);
      this.#snapshots.set(table, previous);
      await this.#begin(previous, turns.stream);
      await this.#planChunks(previous, turns);
    }
  }

  /** What signals have asked for has changed. */
  poke(): void {
    this.#isPoked = true;
    this.#poke();
  }

  close(): void {
    this.#isClosed = true;
    for (const snapshot of this.#snapshots.values()) snapshot.cancel();
    this.#options.reader.close();
    this.#freeSlot();
    this.poke();
  }

  /** Tables that were never read, and snapshots that broke off, in the order of the tables; then what was asked for. */
  #next(): CapturedTable | undefined {
    const tables = [...this.#options.session.tables.values()];
    const isFree = (table: CapturedTable) => this.running(table) === undefined;
    const first = tables.find(
      (table) => (!table.progress.isSnapshotted || table.progress.chunks !== null) && isFree(table),
    );
    if (first !== undefined) return first;
    return tables.find((table) => this.#requestOf(table) !== undefined && isFree(table));
  }

  #requestOf(table: CapturedTable): SnapshotRequest | undefined {
    return this.#options.session.offset.signals.requests.find((request) => request.table === table.name);
  }

  async #idle(turns: SnapshotTurns): Promise<void> {
    this.#isIdle = true;
    turns.onNews();
    await this.#poked();
    this.#isIdle = false;
  }

  async #poked(): Promise<void> {
    while (!this.#isPoked) await new Promise<void>((resolve) => (this.#poke = resolve));
    this.#isPoked = false;
  }

  async #allEnded(): Promise<void> {
    for (const snapshot of this.#snapshots.values()) await snapshot.ended;
  }

  /**
   * From here on the table's changes are written. What was left out before is contained in what is read from here on, the
   * rest of the transaction that is open included.
   */
  async #begin(snapshot: TableSnapshot, stream: SnapshotStream): Promise<void> {
    const { table, rules } = snapshot;
    const { session, reader, broker, logger, lockTimeoutSeconds } = this.#options;
    const topicEnds = await readTopicEnds(broker, table.topic, table.partitions);
    const connection = await reader.take();
    await requireNothingPrepared(connection, { table: table.described, lockTimeoutSeconds, logger });
    const { progress } = table;
    if (progress.chunks === null) {
      if (!progress.isSnapshotted) progress.since = stream.open();
      const { id, where } = this.#takeRequest(table) ?? { id: null, where: rules.where };
      progress.chunks = { id, where, isPlanned: false, lastKey: null, after: null, rows: 0, topicEnds };
    }
    if (!progress.chunks.isPlanned) {
      await session.watermarks.settle(connection, {
        gtids: stream.position(),
        table: table.described,
        isClosed: () => this.#isClosed,
      });
      progress.chunks.lastKey = await readLastKey(connection, table.described);
      progress.chunks.isPlanned = true;
    }
    reader.give(connection);
    snapshot.isOnRequest = progress.chunks.id !== null;
    snapshot.rowsBefore = progress.chunks.rows;
    logger.info('snapshot begins', { table: table.name, estimatedRows: table.described.estimatedRows });
  }

  /** The request moves from the list into the table's progress; that of a table that is read for the first time waits. */
  #takeRequest(table: CapturedTable): SnapshotRequest | undefined {
    const { signals } = this.#options.session.offset;
    const request = this.#requestOf(table);
    if (request === undefined || !table.progress.isSnapshotted) return undefined;
    signals.requests = signals.requests.filter((other) => other !== request);
    return request;
  }

  async #planChunks(snapshot: TableSnapshot, turns: SnapshotTurns): Promise<void> {
    const { lastKey } = snapshot.chunks;
    let { after } = snapshot.chunks;
    while (lastKey !== null && !isSame(after, lastKey)) {
      await this.#slot();
      while (this.#options.session.offset.signals.isPaused && !this.#isClosed && !snapshot.isCancelled) {
        await this.#poked();
      }
      if (this.#isClosed || snapshot.isCancelled) break;
      const upTo = await this.#chunkEnd(snapshot.table.described, after, lastKey);
      this.#read(snapshot, { after, upTo }, turns);
      after = upTo;
    }
    turns.add(snapshot, null);
    turns.onNews();
  }

  async #chunkEnd(table: DescribedTable, after: KeyBound | null, last: KeyBound): Promise<KeyBound> {
    const { reader, chunkRows } = this.#options;
    const connection = await reader.take();
    const end = await readChunkEnd(connection, table, { after, last, rows: chunkRows });
    reader.give(connection);
    return end ?? last;
  }

  /** Opens the window and begins to read, in one go: what the stream writes from here on is noted. */
  #read(snapshot: TableSnapshot, range: { after: KeyBound | null; upTo: KeyBound }, turns: SnapshotTurns): void {
    const window = new SnapshotWindow();
    snapshot.open.add(window);
    turns.add(snapshot, window);
    this.#reading++;
    const { table, chunks } = snapshot;
    const chunk = {
      table,
      window,
      opened: turns.stream.position(),
      where: chunks.where,
      onNews: turns.onNews,
      ...range,
    };
    this.#options.reader.read(chunk).then(
      () => this.#release(),
      (error: unknown) => turns.onFailure(error),
    );
  }

  #release(): void {
    this.#reading--;
    this.#freeSlot();
  }

  async #slot(): Promise<void> {
    while (this.#reading >= this.#options.threads && !this.#isClosed) {
      await new Promise<void>((resolve) => (this.#freeSlot = resolve));
    }
  }
}

function isSame(left: KeyBound | null, right: KeyBound): boolean {
  return left !== null && left.join('\0') === right.join('\0');
}
