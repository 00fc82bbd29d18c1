import { MillraceError } from '../../core/millrace-error.ts';
import type { TableSchema } from '../schema/column-schema.ts';
import type { BinlogEvent, BinlogPlace, EventPlace, StatementExecuted } from './binlog-reader.ts';
import type { ByteCursor } from './byte-cursor.ts';
import type { GtidEvent } from './gtid-event.ts';
import type { QueryEvent } from './query-event.ts';
import type { RowsSlice } from './rows-cursor.ts';
import { normalizeXid, readXaPrepare, xidText } from './xa-prepare.ts';

/**
 * Flags of a row event: foreign keys were not followed at all (0x02), or by the server and not by the engine (0x10), so that
 * the binlog has what they did.
 */
const NO_UNLOGGED_CASCADES = 0x12;
const XA = /^XA\s+(START|BEGIN|END|COMMIT|ROLLBACK)\s+(.*?)\s*(ONE PHASE)?$/is;
/** An XA statement is never longer. */
const XA_LENGTH = 400;

/** Where an event begins, and where the next one does. */
interface EventSpan {
  readonly at: EventPlace;
  readonly next: BinlogPlace;
}

/** Puts the frame of transactions together from the events that tell where they begin and how they end. */
export class TransactionFrame {
  /** The GTID of the transaction that is being read; null between transactions, and without GTIDs. */
  gtid: string | null = null;
  /** The statement that the next rows come from, when the server logs it. */
  query: string | null = null;
  readonly #onStatement: (statement: StatementExecuted) => void;
  #isInside = false;
  #hasRows = false;
  #threadId = 0;

  /** `onStatement` is told of statements at once. */
  constructor(onStatement: (statement: StatementExecuted) => void) {
    this.#onStatement = onStatement;
  }

  onBegin(event: GtidEvent, at: EventPlace, out: BinlogEvent[]): void {
    const committedAtUs = event.committedAtUs ?? at.timestampSeconds * 1_000_000;
    if (this.#isInside) {
      throw new MillraceError('MYSQL_EVENT_UNREADABLE', 'Expected a transaction to end before the next begins');
    }
    this.gtid = event.gtid;
    this.#isInside = event.isInside;
    this.#hasRows = false;
    this.#threadId = 0;
    this.query = null;
    out.push({ kind: 'begin', gtid: event.gtid, committedAtMs: Math.floor(committedAtUs / 1000), committedAtUs, at });
  }

  onRows(
    slice: RowsSlice,
    event: { readonly table: TableSchema; readonly flags: number; readonly at: EventPlace; readonly bytes: Buffer },
    out: BinlogEvent[],
  ): void {
    this.#hasRows = true;
    out.push({
      kind: 'rows',
      operation: slice.operation,
      table: event.table,
      rows: slice.rows,
      before: slice.before,
      hasCascades: (event.flags & NO_UNLOGGED_CASCADES) !== 0,
      isComplete: slice.isComplete,
      at: event.at,
      firstRow: slice.firstRow,
      event: event.bytes,
      threadId: this.#threadId,
      query: this.query,
    });
  }

  /** COMMIT ends transactions of engines without XA; DDL is a transaction of its own and has no frame. */
  onQuery(event: QueryEvent, { at, next }: EventSpan, out: BinlogEvent[]): void {
    const { sql, database, threadId } = event;
    this.#threadId = threadId;
    this.query = null;
    if (sql === 'BEGIN') {
      this.#isInside = true;
      return;
    }
    if (sql === 'COMMIT') return this.onCommit(next, out);
    if (sql === 'ROLLBACK') {
      this.#end();
      out.push({ kind: 'rollback', next });
      return;
    }
    const xa = XA.exec(sql.slice(0, XA_LENGTH));
    if (xa !== null) return this.#onXa(xa, next, out);
    this.#refuseRollback(sql);
    const statement: StatementExecuted = { kind: 'statement', sql, database, at, threadId };
    this.#onStatement(statement);
    out.push(statement);
    if (!this.#isInside) this.onCommit(next, out);
  }

  onCommit(next: BinlogPlace, out: BinlogEvent[]): void {
    this.#end();
    out.push({ kind: 'commit', next });
  }

  onPrepare(cursor: ByteCursor, next: BinlogPlace, out: BinlogEvent[]): void {
    const prepare = readXaPrepare(cursor);
    if (prepare.isOnePhase) return this.onCommit(next, out);
    this.#end();
    out.push({ kind: 'prepared', xid: xidText(prepare), next });
  }

  onHeartbeat(at: BinlogPlace, out: BinlogEvent[]): void {
    if (this.gtid === null && !this.#isInside) out.push({ kind: 'heartbeat', at });
  }

  #onXa([, verb, xid]: RegExpExecArray, next: BinlogPlace, out: BinlogEvent[]): void {
    const action = (verb as string).toUpperCase();
    if (action === 'START' || action === 'BEGIN') {
      this.#isInside = true;
      out.push({ kind: 'prepared-begin' });
    } else if (action !== 'END') {
      out.push({ kind: 'prepared-end', xid: normalizeXid(xid as string), isCommitted: action === 'COMMIT' });
      this.onCommit(next, out);
    }
  }

  /** Rows are logged before a part of their transaction is rolled back only with tables of other engines in it. */
  #refuseRollback(sql: string): void {
    if (!this.#isInside || !this.#hasRows || !/^ROLLBACK\s+TO\b/i.test(sql)) return;
    throw new MillraceError(
      'MYSQL_EVENT_UNREADABLE',
      'Expected a transaction without a rollback to a savepoint in the binlog, got one: it has tables of other engines',
    );
  }

  #end(): void {
    this.gtid = null;
    this.query = null;
    this.#isInside = false;
  }
}
