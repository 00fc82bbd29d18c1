import type { Broker } from '../../broker/port.ts';
import type { Logger } from '../../core/logger.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import type { GtidSet } from '../binlog/gtid-set.ts';
import type { RowsChanged } from '../binlog/binlog-reader.ts';
import type { CaptureSession } from '../source/capture-session.ts';
import type { CapturedTable } from '../source/captured-table.ts';
import { GoneKeys } from './gone-keys.ts';
import type { SnapshotRequests } from './snapshot-requests.ts';
import type { SnapshotPlanner } from './snapshot-planner.ts';
import { edgeMarkers, INCREMENTAL } from './snapshot-marker.ts';
import type { SnapshotWindow } from './snapshot-window.ts';
import type { PassedBatch, TableSnapshot } from './table-snapshot.ts';

/** The stream beside which a snapshot runs, and through which it writes. */
export interface SnapshotStream {
  /** The transactions of which something has been written or left out: all that are done, and the open one. */
  position(): GtidSet;
  /** The set of the transaction that is open; null between two. */
  open(): GtidSet | null;
  /** Whether all of these have passed. */
  isSeen(gtids: GtidSet): boolean;
  /** Commits what waits, and how far all is. */
  commit(): Promise<void>;
  /** Has the stream call `emit` soon. */
  wake(): void;
}

/** What a snapshotter needs. */
export interface SnapshotterOptions {
  readonly session: CaptureSession;
  readonly broker: Broker;
  readonly planner: SnapshotPlanner;
  readonly requests: SnapshotRequests;
  readonly logger: Logger;
  now(): number;
}

/** Something that is written in its turn. */
type Turn =
  | { readonly kind: 'chunk'; readonly of: TableSnapshot; readonly window: SnapshotWindow }
  | { readonly kind: 'end'; readonly of: TableSnapshot; gone: GoneKeys | null };

/** How long rows may wait while more are being read, in milliseconds. */
const LINGER_MS = 50;

/**
 * Reads tables in chunks while their changes are streamed, without a lock. See `SnapshotWindow` for why nothing is lost.
 *
 * Chunks are read by several connections at once and written one after the other in key order, so that how far a table is
 * read is one key. That key is committed with the rows.
 */
export class Snapshotter {
  readonly #options: SnapshotterOptions;
  readonly #turns: Turn[] = [];
  #stream: SnapshotStream | undefined;
  #failure: Error | undefined;
  #hasNews = false;
  #isDirty = false;
  #isClosed = false;
  #lastCommitMs = 0;
  /** Rows of a table that must come after others are at least so late. */
  #floorMs = 0;

  constructor(options: SnapshotterOptions) {
    this.#options = options;
  }

  /** Whether `emit` has perhaps something to write since it was last called. */
  get hasNews(): boolean {
    return this.#hasNews;
  }

  /** Whether everything was read that is to be read in chunks; new requests change it. */
  get isIdle(): boolean {
    return this.#turns.length === 0 && this.#options.planner.isIdle;
  }

  /** Whether a table can only be read while nothing is streamed, or one was added. */
  get needsStop(): boolean {
    const { planner, requests } = this.#options;
    return (this.isIdle && planner.needsPoint) || requests.hasNewTable;
  }

  /** Begins to read. */
  start(stream: SnapshotStream): void {
    this.#stream = stream;
    this.#lastCommitMs = this.#options.now();
    const { planner } = this.#options;
    planner
      .run({
        stream,
        add: (of, window) =>
          this.#turns.push(window === null ? { kind: 'end', of, gone: null } : { kind: 'chunk', of, window }),
        onNews: () => this.wake(),
        onFailure: (error) => this.fail(error),
      })
      .catch((error: unknown) => this.fail(error));
  }

  /** Has `emit` called soon. */
  wake(): void {
    this.#hasNews = true;
    this.#stream?.wake();
  }

  /** Whether changes of the table are left out, because it will be read later than they were made. */
  isPending(table: CapturedTable): boolean {
    return this.#options.planner.isPending(table);
  }

  /** To be told of each change that the stream is about to write. */
  observe(table: CapturedTable, change: RowsChanged): void {
    const snapshot = this.#options.planner.running(table);
    if (snapshot === undefined || snapshot.open.size === 0) return;
    const identity = table.identityOf(change.table);
    for (const row of change.rows) touch(snapshot, identity.encodeBinlogKey(row));
    for (const row of change.before) touch(snapshot, identity.encodeBinlogKey(row));
  }

  /** Writes what is there to be written. Throws what reading has thrown. */
  async emit(): Promise<void> {
    this.#hasNews = false;
    if (this.#failure !== undefined) throw this.#failure;
    if (await this.#options.requests.follow()) await this.#commit();
    for (let turn = this.#turns[0]; turn !== undefined; turn = this.#turns[0]) {
      const isOver = turn.kind === 'chunk' ? await this.#writeChunk(turn) : await this.#end(turn);
      if (!isOver) break;
      this.#turns.shift();
    }
    const isDue = this.#turns.length === 0 || this.#options.now() - this.#lastCommitMs >= LINGER_MS;
    if (this.#isDirty && isDue) await this.#commit();
  }

  /** Cuts the connections and forgets what waits. */
  close(): void {
    this.#isClosed = true;
    this.#options.planner.close();
    this.#options.requests.close();
  }

  /** Gives whether the chunk is written to its end. */
  async #writeChunk({ of, window }: Turn & { kind: 'chunk' }): Promise<boolean> {
    while (!window.isDrained) {
      const batch = window.next;
      if (batch === undefined || !this.#isPassed(window)) return false;
      this.#add(of, { window, batch });
      window.take();
      if (this.#options.session.isFull) await this.#commit();
    }
    if (of.held?.window !== window) of.open.delete(window);
    return true;
  }

  /** Where the last row is told from others, rows wait for the next: their window stays open, and the key is not passed. */
  #add(of: TableSnapshot, next: PassedBatch): void {
    const { held, table, chunks } = of;
    const { window, batch } = next;
    const isLast = false;
    if (!table.hasSnapshotMarkers || chunks.id !== null) return this.#write(of, next, { isLast });
    if (!batch.rows.hasOther(window.touched)) {
      if (held === null) return this.#write(of, next, { isLast });
      of.held = { window: held.window, batch: { rows: held.batch.rows, upTo: batch.upTo } };
      return;
    }
    if (held !== null) this.#write(of, held, { isLast });
    if (held !== null && held.window !== window) of.open.delete(held.window);
    of.held = next;
  }

  #isPassed({ high }: SnapshotWindow): boolean {
    return high !== null && (this.#stream as SnapshotStream).isSeen(high.gtids);
  }

  /** The rows and how far the table is read go into one transaction, since nothing is waited for in between. */
  #write(of: TableSnapshot, { window, batch }: PassedBatch, { isLast }: { isLast: boolean }): void {
    const { table, chunks } = of;
    const { touched, high } = window;
    const { buffer, tables } = this.#options.session;
    const sink = table.sinkIn(buffer);
    const isAsked = chunks.id !== null;
    const isFirst = chunks.rows === 0;
    const markers = isAsked ? INCREMENTAL : edgeMarkers(table, tables.values(), { isFirst, isLast });
    const atMs = Math.max(high?.atMs ?? 0, this.#floorMs);
    const gtids = high?.name ?? '';
    if (of.read?.gtids !== gtids || of.read.atMs !== atMs) {
      of.read = {
        gtids,
        atMs,
        file: high?.place?.file ?? '',
        position: high?.place?.position ?? 0,
        marker: markers.inner,
        row: chunks.rows,
      };
    }
    batch.rows.write(touched, { read: of.read, sink, markers });
    chunks.rows = of.read.row;
    chunks.after = batch.upTo;
    this.#isDirty = true;
  }

  /** Gives whether the snapshot is complete. */
  async #end(turn: Turn & { kind: 'end' }): Promise<boolean> {
    const { of } = turn;
    if (of.held !== null && !of.isCancelled) this.#write(of, of.held, { isLast: true });
    of.held = null;
    of.open.clear();
    if (!of.isCancelled && !(await this.#writeGone(turn))) return false;
    const { progress } = of.table;
    const { rows } = of;
    this.#options.logger.info(of.isCancelled ? 'snapshot stopped' : 'snapshot complete', {
      table: of.table.name,
      rows,
    });
    if (!of.isCancelled) progress.isSnapshotted = true;
    progress.chunks = null;
    if (of.read !== null) this.#floorMs = of.read.atMs + 1;
    this.#isDirty = true;
    of.end(rows);
    return true;
  }

  /** Writes tombstones for keys that the topic had before and the table has no more. Gives whether all are written. */
  async #writeGone(turn: Turn & { kind: 'end' }): Promise<boolean> {
    const { table, chunks } = turn.of;
    const hasAll = chunks.where === null && table.described.key.length > 0;
    if (!hasAll || chunks.topicEnds.every((end) => end === 0)) return true;
    if (turn.gone === null) {
      // What it looks for is only in the topic once it is committed.
      await this.#commit();
      turn.gone = new GoneKeys({
        broker: this.#options.broker,
        topic: table.topic,
        ends: chunks.topicEnds,
        onNews: () => this.wake(),
      });
      turn.gone.read().catch((error: unknown) => this.fail(error));
    }
    while (turn.gone.isReady) {
      await this.#commit();
      const read = { gtids: '', atMs: Math.max(this.#options.now(), this.#floorMs), file: '', position: 0 };
      const format = await table.prepare(table.described);
      const sink = table.sinkIn(this.#options.session.buffer);
      for (const key of await turn.gone.take()) {
        format.addGone(key, { ...read, gtids: turn.of.read?.gtids ?? '', marker: 'true', row: chunks.rows++ }, sink);
        if (this.#options.session.isFull) await this.#commit();
      }
      this.#isDirty = true;
    }
    return turn.gone.isOver;
  }

  async #commit(): Promise<void> {
    this.#isDirty = false;
    await (this.#stream as SnapshotStream).commit();
    this.#lastCommitMs = this.#options.now();
  }

  /** Has `emit` throw the error. */
  fail(error: unknown): void {
    if (this.#isClosed) return;
    this.#failure ??= error instanceof Error ? error : new MillraceError('INTERNAL', String(error));
    this.wake();
  }
}

function touch(snapshot: TableSnapshot, key: string | null): void {
  if (key === null) return;
  for (const window of snapshot.open) window.touched.add(key);
}
