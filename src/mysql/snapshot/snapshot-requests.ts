import type { Logger } from '../../core/logger.ts';
import { isMillraceErrorOf } from '../connection/mysql-error.ts';
import type { TableName } from '../schema/column-schema.ts';
import type { CaptureSession } from '../source/capture-session.ts';
import type { SignalReader } from '../source/signal-topic.ts';
import type { SnapshotPlanner } from './snapshot-planner.ts';
import { isMeant, parseSignal, type SnapshotSignal } from './snapshot-signal.ts';

/** What following signals needs. */
export interface SnapshotRequestsOptions {
  readonly session: CaptureSession;
  readonly planner: SnapshotPlanner;
  readonly signals: SignalReader;
  readonly logger: Logger;
  /** Throws when the table cannot be captured. */
  requireTable(table: TableName): Promise<void>;
}

const NAME = /^([^.]+)\.([^.]+)$/;

/**
 * Does what signals ask for. What they ask for, and how far they were read, is part of the offset: each is followed once,
 * whenever the source is restarted.
 */
export class SnapshotRequests {
  readonly #options: SnapshotRequestsOptions;
  #hasNewTable = false;

  constructor(options: SnapshotRequestsOptions) {
    this.#options = options;
  }

  /** Whether a table was added, which takes a new look at the server. */
  get hasNewTable(): boolean {
    return this.#hasNewTable;
  }

  /** Follows the signals that have come. Gives whether there were any, so that the offset is to be committed. */
  async follow(): Promise<boolean> {
    const { session, planner, signals, logger } = this.#options;
    const received = signals.take();
    for (const { value, nextOffset } of received) {
      const signal = parseSignal(value);
      if (typeof signal === 'string') logger.warn(`a signal is passed over: ${signal}`, { offset: nextOffset - 1 });
      else await this.#do(signal);
      session.offset.signals.nextOffset = nextOffset;
    }
    if (received.length > 0) planner.poke();
    return received.length > 0;
  }

  /** Follows no more. */
  close(): void {
    this.#options.signals.close();
  }

  async #do(signal: SnapshotSignal): Promise<void> {
    const { session, logger } = this.#options;
    const { kind, id } = signal;
    logger.info('signal', { kind, id });
    if (kind === 'pause' || kind === 'resume') session.offset.signals.isPaused = kind === 'pause';
    else if (kind === 'stop') this.#stop(signal.collections);
    else for (const collection of signal.collections) await this.#execute(signal, collection);
  }

  async #execute(signal: SnapshotSignal & { kind: 'execute' }, collection: string): Promise<void> {
    const { session, logger } = this.#options;
    const { signals } = session.offset;
    const where = signal.conditions.get(collection) ?? null;
    const meant = [...session.tables.values()].filter((table) => isMeant(collection, table.name));
    for (const table of meant) {
      if (table.described.key.length === 0) {
        logger.warn('a table without a key cannot be read on request: start once with --resnapshot', {
          table: table.name,
        });
        continue;
      }
      const condition = signal.conditions.get(table.name) ?? where;
      signals.requests = [...signals.requests, { id: signal.id, table: table.name, where: condition }];
    }
    if (meant.length === 0) await this.#add(collection, where);
  }

  /** A table that is not captured is from now on. */
  async #add(collection: string, where: string | null): Promise<void> {
    const { session, logger } = this.#options;
    const [, database, table] = NAME.exec(collection) ?? [];
    if (database === undefined || table === undefined) {
      logger.warn('no table is meant by a signal', { collection });
      return;
    }
    try {
      await this.#options.requireTable({ database, table });
    } catch (error) {
      if (!isMillraceErrorOf(error) || error.code === 'MYSQL_UNREACHABLE') throw error;
      logger.warn('a table cannot be added', { table: collection, error });
      return;
    }
    const { signals } = session.offset;
    signals.added = [...signals.added, { database, table, where }];
    this.#hasNewTable = true;
  }

  #stop(collections: readonly string[]): void {
    const { session, planner, logger } = this.#options;
    const { signals } = session.offset;
    const isStopped = (table: string) =>
      collections.length === 0 || collections.some((collection) => isMeant(collection, table));
    signals.requests = signals.requests.filter((request) => !isStopped(request.table));
    for (const snapshot of planner.snapshots) {
      if (snapshot.isEnded || !isStopped(snapshot.table.name)) continue;
      if (snapshot.isOnRequest) snapshot.cancel();
      else logger.warn('the first snapshot of a table is not stopped: pause it', { table: snapshot.table.name });
    }
  }
}
