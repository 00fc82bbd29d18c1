import type { StatementExecuted } from './binlog-reader.ts';
import { tableName, type TableName } from '../schema/column-schema.ts';

/** What a statement of the binlog means for a captured table. */
export interface StatementEffect {
  readonly table: TableName;
  /** `ended`: its rows are gone or belong to another name. `written`: rows were changed by a statement logged as text. */
  readonly effect: 'ended' | 'written';
  /** The statement in two words: `DROP TABLE`. */
  readonly verb: string;
}

interface Token {
  /** An unquoted word in upper case, or one character of punctuation; empty for quoted text. */
  readonly word: string;
  /** The identifier as it is written, quoted or not. */
  readonly name: string;
}

const TOKEN =
  /\s+|--[^\n]*|#[^\n]*|\/\*!\d*|\*\/|\/\*[\s\S]*?\*\/|`((?:[^`]|``)*)`|"((?:[^"\\]|\\.|"")*)"|'(?:[^'\\]|\\.|'')*'|([\p{L}\p{N}_$]+)|(.)/guy;

const TEXT_WRITES = new Set(['INSERT', 'UPDATE', 'DELETE', 'REPLACE', 'LOAD']);
const PARTITION_VERBS = new Set(['DROP', 'TRUNCATE', 'EXCHANGE']);

/**
 * The first of the captured tables that the statement ends (DROP, TRUNCATE, RENAME, partitions dropped, its database
 * dropped) or writes to as text; undefined when it touches none in such a way. Other ALTERs are harmless, since the rows
 * that follow describe themselves. Names are compared without regard to case: some servers do, and a stop loses nothing.
 */
export function effectOf(
  statement: Pick<StatementExecuted, 'sql' | 'database'>,
  captured: readonly TableName[],
): StatementEffect | undefined {
  const tokens = tokenize(statement.sql);
  const verb = tokens[0]?.word ?? '';
  if (TEXT_WRITES.has(verb)) return writtenAsText(tokens, captured);
  const named = endedNames(tokens, statement.database);
  if (named === undefined) return undefined;
  const table = captured.find((candidate) => named.matches(candidate));
  return table === undefined ? undefined : { table, effect: 'ended', verb: `${verb} ${tokens[1]?.word ?? ''}`.trim() };
}

interface NamedTables {
  matches(table: TableName): boolean;
}

function endedNames(tokens: readonly Token[], database: string): NamedTables | undefined {
  const first = tokens[0]?.word;
  const second = tokens[1]?.word;
  if (first === 'DROP' && (second === 'DATABASE' || second === 'SCHEMA')) {
    const name = tokens[skipIfExists(tokens, 2)]?.name.toLowerCase();
    return { matches: (table) => table.database.toLowerCase() === name };
  }
  if (first === 'DROP' && second === 'TABLE') return namesIn(tokens.slice(skipIfExists(tokens, 2)), database);
  if (first === 'TRUNCATE') return namesIn(tokens.slice(second === 'TABLE' ? 2 : 1), database);
  if (first === 'RENAME' && second === 'TABLE') return namesIn(tokens.slice(2), database);
  if (first === 'ALTER' && second === 'TABLE' && endsTable(tokens))
    return namesIn(tokens.slice(2, tokens[3]?.word === '.' ? 5 : 3), database);
  return undefined;
}

/** Whether an ALTER TABLE renames the table or takes rows away without row events. */
function endsTable(tokens: readonly Token[]): boolean {
  return tokens.some((token, index) => {
    const next = tokens[index + 1]?.word;
    if (token.word === 'RENAME') return next !== 'COLUMN' && next !== 'INDEX' && next !== 'KEY';
    return (
      (PARTITION_VERBS.has(token.word) && next === 'PARTITION') ||
      (next === 'TABLESPACE' && token.word !== 'TABLESPACE')
    );
  });
}

/** `a, b.c TO d`: every name. */
function namesIn(tokens: readonly Token[], database: string): NamedTables {
  const names = new Set<string>();
  let index = 0;
  while (index < tokens.length) {
    const first = (tokens[index] as Token).name;
    const isQualified = tokens[index + 1]?.word === '.';
    const name = isQualified ? { database: first, table: tokens[index + 2]?.name ?? '' } : { database, table: first };
    if (name.table !== '') names.add(tableName(name).toLowerCase());
    index += isQualified ? 3 : 1;
    while (tokens[index]?.word === ',' || tokens[index]?.word === 'TO') index++;
  }
  return { matches: (table) => names.has(tableName(table).toLowerCase()) };
}

function skipIfExists(tokens: readonly Token[], index: number): number {
  return tokens[index]?.word === 'IF' ? index + 2 : index;
}

function writtenAsText(tokens: readonly Token[], captured: readonly TableName[]): StatementEffect | undefined {
  const names = new Set(tokens.map((token) => token.name.toLowerCase()));
  const table = captured.find((candidate) => names.has(candidate.table.toLowerCase()));
  return table === undefined ? undefined : { table, effect: 'written', verb: tokens[0]?.word ?? '' };
}

function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  for (const match of sql.matchAll(TOKEN)) {
    const [, backquoted, quoted, word, character] = match;
    if (backquoted !== undefined) tokens.push({ word: '', name: backquoted.replaceAll('``', '`') });
    else if (quoted !== undefined) tokens.push({ word: '', name: quoted.replaceAll('""', '"') });
    else if (word !== undefined) tokens.push({ word: word.toUpperCase(), name: word });
    else if (character !== undefined) tokens.push({ word: character, name: '' });
  }
  return tokens;
}
