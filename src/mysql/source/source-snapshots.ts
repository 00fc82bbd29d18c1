import type { Broker } from '../../broker/port.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { MysqlAddress } from '../connection/mysql-address.ts';
import { MysqlConnection } from '../connection/mysql-connection.ts';
import { tableName } from '../schema/column-schema.ts';
import { ChunkReader } from '../snapshot/chunk-reader.ts';
import type { SnapshotLocking } from '../snapshot/consistent-point.ts';
import { SnapshotPlanner } from '../snapshot/snapshot-planner.ts';
import { SnapshotRequests } from '../snapshot/snapshot-requests.ts';
import { Snapshotter } from '../snapshot/snapshotter.ts';
import type { SnapshotRules } from '../snapshot/table-snapshot.ts';
import type { CaptureSession } from './capture-session.ts';
import type { CapturedTable } from './captured-table.ts';
import type { SnapshotMode, SourceTable } from './mysql-source.ts';
import { SignalReader } from './signal-topic.ts';
import { requireCapturable } from './open-capture.ts';
import { runSnapshot } from './snapshot-phase.ts';
import { type PointProgress, progressAtPoint, progressInChunks, type SnapshotProgress } from './snapshot-progress.ts';

/** How the snapshots of a source are made. */
export interface SourceSnapshotsOptions {
  readonly session: CaptureSession;
  readonly broker: Broker;
  readonly address: MysqlAddress;
  readonly tables: readonly SourceTable[];
  readonly topicPrefix: string;
  readonly snapshotMode: SnapshotMode;
  readonly snapshotLocking: SnapshotLocking;
  readonly snapshotChunkRows: number;
  readonly snapshotThreads: number;
  readonly lockTimeoutSeconds: number;
  readonly commitRecords: number;
  readonly commitBytes: number;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Rows, and bytes, that a chunk hands over at once. */
const BATCH_ROWS = 1000;
const BATCH_BYTES = 1 << 20;

/** The snapshots that a source makes while it is connected. */
export class SourceSnapshots {
  readonly #options: SourceSnapshotsOptions;
  readonly #atPoint: PointProgress[] = [];
  #planner: SnapshotPlanner | undefined;
  #requests: SnapshotRequests | undefined;

  constructor(options: SourceSnapshotsOptions) {
    this.#options = options;
  }

  /** Whether no table has still to be read for the first time. */
  get isComplete(): boolean {
    return [...this.#options.session.tables.values()].every(({ progress }) => progress.isSnapshotted);
  }

  /** Whether a table was added since, which the source does not know yet. */
  get hasNewTable(): boolean {
    return this.#requests?.hasNewTable === true;
  }

  /** How far the snapshots are that were begun. */
  progress(): readonly SnapshotProgress[] {
    const nowMs = this.#options.clock.now();
    const inChunks = (this.#planner?.snapshots ?? []).map((snapshot) => progressInChunks(snapshot, nowMs));
    return [...this.#atPoint.map((point) => progressAtPoint(point, nowMs)), ...inChunks];
  }

  /** Says where the stream starts, and reads the tables whose turn it is and that cannot be read while it runs. */
  async begin(isStopping: () => boolean): Promise<void> {
    const { session, broker, address, snapshotLocking, lockTimeoutSeconds, logger } = this.#options;
    if (this.#options.snapshotMode === 'never') {
      await this.#beginHere();
      for (const { progress } of session.tables.values()) progress.isSnapshotted = true;
      await session.commit();
      return;
    }
    const tables = this.#atPointNow();
    if (tables.length > 0) {
      await runSnapshot({
        session,
        broker,
        tables,
        whereOf: (table) => this.#rulesOf(table).where,
        point: { address, locking: snapshotLocking, lockTimeoutSeconds, logger },
        onTable: (progress) => this.#atPoint.push(progress),
        now: () => this.#options.clock.now(),
        isStopping,
      });
      return;
    }
    await this.#beginHere();
  }

  /** To be started with the stream. */
  createSnapshotter(): Snapshotter {
    const { session, broker, address, logger, clock, commitRecords, commitBytes } = this.#options;
    const now = () => clock.now();
    const reader = new ChunkReader({
      address,
      watermarks: session.watermarks,
      batch: { maxRows: Math.min(BATCH_ROWS, commitRecords), maxBytes: Math.min(BATCH_BYTES, commitBytes) },
    });
    this.#planner = new SnapshotPlanner({
      session,
      broker,
      reader,
      threads: this.#options.snapshotThreads,
      chunkRows: this.#options.snapshotChunkRows,
      lockTimeoutSeconds: this.#options.lockTimeoutSeconds,
      logger,
      now,
      rulesOf: (table) => this.#rulesOf(table),
      isReadAtPoint: (table) => this.#isReadAtPoint(table),
    });
    const signals = new SignalReader({ broker, prefix: this.#options.topicPrefix });
    this.#requests = new SnapshotRequests({
      session,
      planner: this.#planner,
      signals,
      logger,
      requireTable: (table) => requireCapturable(address, table),
    });
    const snapshotter = new Snapshotter({
      session,
      broker,
      planner: this.#planner,
      requests: this.#requests,
      logger,
      now,
    });
    signals.onSignal = () => snapshotter.wake();
    void this.#follow(signals, snapshotter);
    return snapshotter;
  }

  /** A source that has never written anything begins with what the server does from now on. */
  async #beginHere(): Promise<void> {
    const { session, address } = this.#options;
    const isFresh = [...session.tables.values()].every(
      ({ progress: { isSnapshotted, chunks } }) => !isSnapshotted && chunks === null,
    );
    if (!isFresh || !session.offset.done.isEmpty) return;
    const connection = await MysqlConnection.open(address);
    try {
      session.offset.done = (await session.watermarks.read(connection)).gtids;
      await session.commit();
    } finally {
      connection.destroy();
    }
  }

  /** Signals that were sent while the source was away count, but none from before it was first started. */
  async #follow(signals: SignalReader, snapshotter: Snapshotter): Promise<void> {
    const state = this.#options.session.offset.signals;
    try {
      state.nextOffset ??= await signals.end();
      await signals.run(state.nextOffset);
    } catch (error) {
      snapshotter.fail(error);
    }
  }

  #rulesOf({ name }: CapturedTable): SnapshotRules {
    const table = this.#options.tables.find((candidate) => tableName(candidate) === name);
    return { where: table?.where ?? null, isTable: table?.isTable === true };
  }

  #isReadAtPoint(table: CapturedTable): boolean {
    if (table.isAbsent) return false;
    return table.described.key.length === 0 || this.#options.snapshotLocking === 'tables';
  }

  /** Those that are next and can be read at one point. */
  #atPointNow(): readonly CapturedTable[] {
    const pending = [...this.#options.session.tables.values()].filter(({ progress }) => !progress.isSnapshotted);
    const end = pending.findIndex((table) => !this.#isReadAtPoint(table));
    return end === -1 ? pending : pending.slice(0, end);
  }
}
