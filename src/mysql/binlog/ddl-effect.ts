import type { StatementExecuted } from './binlog-reader.ts';
import { tableName, type TableName } from '../schema/column-schema.ts';

/**
 * What a statement of the binlog means for a table. `emptied`: TRUNCATE. `gone`: dropped, or it has another name now.
 * `replaced`: another table has its name now, or rows were taken from it or given to it without events (partitions,
 * tablespaces). `created`: there is a table of that name now. `altered`: its definition is another. `written`: its rows were
 * changed by a statement that is logged as text.
 */
export type TableEffect = 'emptied' | 'gone' | 'replaced' | 'created' | 'altered' | 'written';

/** What a statement did to one table. */
export interface StatementEffect {
  readonly table: TableName;
  readonly effect: TableEffect;
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
 * What the statement did to tables that are asked for, in order, each table once: what it came to in the end. Names are
 * compared without regard to case with those that are known, since some servers do; of a database that is dropped those that
 * are known are meant. A change logged as text is found by the names in it, whichever it writes.
 */
export function effectsOf(
  statement: Pick<StatementExecuted, 'sql' | 'database'>,
  known: readonly TableName[],
): readonly StatementEffect[] {
  const tokens = tokenize(statement.sql);
  const verb = `${tokens[0]?.word ?? ''} ${tokens[1]?.word ?? ''}`.trim();
  const effects = TEXT_WRITES.has(tokens[0]?.word ?? '')
    ? writtenAsText(tokens, known)
    : namedEffects(tokens, statement.database, known);
  const byName = new Map<string, StatementEffect>();
  for (const [name, effect] of effects) {
    const same = (candidate: TableName) => tableName(candidate).toLowerCase() === tableName(name).toLowerCase();
    const table = known.find(same) ?? name;
    byName.delete(tableName(table));
    byName.set(tableName(table), { table, effect, verb });
  }
  return [...byName.values()];
}

type NamedEffect = readonly [name: TableName, effect: TableEffect];

function namedEffects(tokens: readonly Token[], database: string, known: readonly TableName[]): readonly NamedEffect[] {
  const first = tokens[0]?.word;
  const second = tokens[1]?.word;
  const all = (from: number, effect: TableEffect) =>
    namesIn(tokens.slice(from), database).map((name): NamedEffect => [name, effect]);
  const one = (from: number, effect: TableEffect) => all(from, effect).slice(0, 1);
  if (first === 'DROP' && (second === 'DATABASE' || second === 'SCHEMA')) {
    const name = tokens[skipIfExists(tokens, 2)]?.name.toLowerCase();
    return known.filter((table) => table.database.toLowerCase() === name).map((table) => [table, 'gone']);
  }
  if (first === 'DROP' && second === 'TABLE') return all(skipIfExists(tokens, 2), 'gone');
  if (first === 'TRUNCATE') return one(second === 'TABLE' ? 2 : 1, 'emptied');
  if (first === 'RENAME' && second === 'TABLE') return renames(namesIn(tokens.slice(2), database));
  if (first === 'CREATE' && second === 'TABLE') return one(skipIfNotExists(tokens, 2), 'created');
  if (first === 'ALTER' && second === 'TABLE') return alterations(tokens, database);
  return [];
}

/** `a TO b, c TO d`: the first of each pair is gone, the second is another table. */
function renames(names: readonly TableName[]): readonly NamedEffect[] {
  return names.map((name, index) => [name, index % 2 === 0 ? 'gone' : 'replaced']);
}

function alterations(tokens: readonly Token[], database: string): readonly NamedEffect[] {
  const [table] = namesIn(tokens.slice(2, tokens[3]?.word === '.' ? 5 : 3), database);
  if (table === undefined) return [];
  const renamed = renamedTo(tokens, table.database);
  if (renamed !== undefined)
    return [
      [table, 'gone'],
      [renamed, 'replaced'],
    ];
  return [[table, takesRows(tokens) ? 'replaced' : 'altered']];
}

/** The new name in `ALTER TABLE ... RENAME [TO | AS] name`. */
function renamedTo(tokens: readonly Token[], database: string): TableName | undefined {
  const at = tokens.findIndex(({ word }, index) => {
    const next = tokens[index + 1]?.word;
    return word === 'RENAME' && next !== 'COLUMN' && next !== 'INDEX' && next !== 'KEY';
  });
  if (at === -1) return undefined;
  const isWithWord = ['TO', 'AS', '='].includes(tokens[at + 1]?.word ?? '');
  const from = at + (isWithWord ? 2 : 1);
  return namesIn(tokens.slice(from, tokens[from + 1]?.word === '.' ? from + 3 : from + 1), database)[0];
}

/** Whether an ALTER TABLE takes rows away, or brings some, without row events. */
function takesRows(tokens: readonly Token[]): boolean {
  return tokens.some((token, index) => {
    const next = tokens[index + 1]?.word;
    return (
      (PARTITION_VERBS.has(token.word) && next === 'PARTITION') ||
      (next === 'TABLESPACE' && (token.word === 'DISCARD' || token.word === 'IMPORT'))
    );
  });
}

/** `a, b.c TO d`: every name, up to what is no name. */
function namesIn(tokens: readonly Token[], database: string): TableName[] {
  const names: TableName[] = [];
  let index = 0;
  while (index < tokens.length) {
    const first = (tokens[index] as Token).name;
    const isQualified = tokens[index + 1]?.word === '.';
    const name = isQualified ? { database: first, table: tokens[index + 2]?.name ?? '' } : { database, table: first };
    if (name.table === '') break;
    names.push(name);
    index += isQualified ? 3 : 1;
    if (tokens[index]?.word !== ',' && tokens[index]?.word !== 'TO') break;
    while (tokens[index]?.word === ',' || tokens[index]?.word === 'TO') index++;
  }
  return names;
}

function skipIfExists(tokens: readonly Token[], index: number): number {
  return tokens[index]?.word === 'IF' ? index + 2 : index;
}

function skipIfNotExists(tokens: readonly Token[], index: number): number {
  return tokens[index]?.word === 'IF' ? index + 3 : index;
}

function writtenAsText(tokens: readonly Token[], known: readonly TableName[]): readonly NamedEffect[] {
  const names = new Set(tokens.map((token) => token.name.toLowerCase()));
  return known.filter(({ table }) => names.has(table.toLowerCase())).map((table) => [table, 'written']);
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
