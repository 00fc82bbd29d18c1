import type { Logger } from '../../core/logger.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import type { StatementExecuted } from '../binlog/binlog-reader.ts';
import { effectsOf, type StatementEffect } from '../binlog/ddl-effect.ts';
import type { RecordFormat } from '../format/record-format.ts';
import { tableName, type TableName } from '../schema/column-schema.ts';
import type { CaptureSession } from './capture-session.ts';
import type { CapturedTable } from './captured-table.ts';

/**
 * What becomes of changes of tables while they are captured. `evolve`: the topic follows the table; what its rows become
 * without events (dropped, emptied, replaced by another table, given another key) is read anew, and keys that are gone get
 * tombstones. `ignore`: rows come as they are, and such statements change nothing in the topic. `stop`: the source ends
 * before such a statement, and before the first row that those who read the table do not expect.
 */
export type SchemaChangePolicy = 'evolve' | 'ignore' | 'stop';

/** What table changes are judged by. */
export interface TableChangesOptions {
  readonly session: CaptureSession;
  readonly policy: SchemaChangePolicy;
  readonly format: RecordFormat;
  /** Whether a table that is made now is to be captured too. */
  isWanted(table: TableName): boolean;
  readonly logger: Logger;
}

/** What a statement asks for. */
export interface StatementVerdict {
  /** Captured tables that must be read anew. */
  readonly reread: readonly CapturedTable[];
  /** Captured tables that were truncated, where the format tells of that itself. */
  readonly truncated: readonly CapturedTable[];
  /** Tables that are to be captured from here on, with whether their rows all come as events. */
  readonly found: readonly { readonly table: TableName; readonly isNew: boolean }[];
  /** Captured tables that were named. */
  readonly touched: readonly TableName[];
}

/** Says what statements mean for the tables that are captured. */
export class TableChanges {
  readonly #options: TableChangesOptions;
  /** Tables that are captured and are not there at this moment of the stream. */
  readonly #gone = new Set<string>();

  constructor(options: TableChangesOptions) {
    this.#options = options;
    for (const table of options.session.tables.values()) if (table.isAbsent) this.#gone.add(table.name);
  }

  /** Whether a table may get another key: what it has is then read anew under it. */
  get followsKeys(): boolean {
    return this.#options.policy === 'evolve';
  }

  /**
   * Judges a statement; `isContained` says which tables have it in their snapshot. Throws MYSQL_TABLE_DROPPED by policy, and
   * MYSQL_SETTING_UNSUPPORTED for rows that were changed by text.
   */
  judge(statement: StatementExecuted, isContained: (table: CapturedTable) => boolean): StatementVerdict {
    const { session } = this.#options;
    const known = [...session.tables.values()].map(({ described }) => described);
    const verdict = {
      reread: [] as CapturedTable[],
      truncated: [] as CapturedTable[],
      found: [] as { table: TableName; isNew: boolean }[],
      touched: [] as TableName[],
    };
    for (const effect of effectsOf(statement, known)) {
      const table = session.tables.get(tableName(effect.table));
      if (table === undefined) this.#judgeOther(effect, verdict.found);
      else {
        verdict.touched.push(effect.table);
        // A snapshot of a table that was not there has nothing of the one that comes.
        if (table.isAbsent || !isContained(table)) this.#judgeCaptured(table, effect, verdict);
      }
    }
    return verdict;
  }

  #judgeCaptured(
    table: CapturedTable,
    { effect, verb }: StatementEffect,
    verdict: { reread: CapturedTable[]; truncated: CapturedTable[] },
  ): void {
    const { policy, format, logger } = this.#options;
    if (effect === 'written') throw writtenAsText(table.name, verb);
    if (effect === 'altered' || (effect === 'created' && !this.#gone.has(table.name))) return;
    if (policy === 'stop') {
      throw new MillraceError('MYSQL_TABLE_DROPPED', `Expected ${table.name} to stay, got ${verb}`, {
        context: { table: table.name },
      });
    }
    if (effect === 'gone') this.#gone.add(table.name);
    else this.#gone.delete(table.name);
    logger.info('table changed', { table: table.name, statement: verb, effect });
    if (!format.isState) {
      if (effect === 'emptied') verdict.truncated.push(table);
    } else if (policy === 'evolve') verdict.reread.push(table);
  }

  /** A table that is created has all its rows in the binlog; one that is renamed has had rows before. */
  #judgeOther({ table, effect }: StatementEffect, found: { table: TableName; isNew: boolean }[]): void {
    if (effect !== 'created' && effect !== 'replaced') return;
    if (this.#options.isWanted(table)) found.push({ table, isNew: effect === 'created' });
  }
}

function writtenAsText(table: string, verb: string): MillraceError {
  return new MillraceError(
    'MYSQL_SETTING_UNSUPPORTED',
    `Expected changes of ${table} as rows, got the statement ${verb}: SET PERSIST binlog_format = ROW (and ROW in every session)`,
    { context: { table } },
  );
}
