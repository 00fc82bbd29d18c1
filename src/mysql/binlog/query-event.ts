import { MillraceError } from '../../core/millrace-error.ts';
import type { ByteCursor } from './byte-cursor.ts';
import type { TableNaming } from './mapped-schema.ts';

/** A statement as a QUERY event has it. */
export interface QueryEvent {
  readonly threadId: number;
  readonly database: string;
  readonly sql: string;
}

/** Id of a file, two places in the text, what is done with duplicates. */
const LOAD_BYTES = 4 + 4 + 4 + 1;
/** Status variables before the client's character set, and how many bytes of each follow; see `readCollation`. */
const FLAGS2 = 0;
const SQL_MODE = 1;
const AUTO_INCREMENT = 3;
const CHARSET = 4;
const TIME_ZONE = 5;
const CATALOG = 6;
const FIXED_BYTES: Readonly<{ [variable: number]: number }> = { [FLAGS2]: 4, [SQL_MODE]: 8, [AUTO_INCREMENT]: 4 };

/**
 * Reads a QUERY event: thread, time, lengths, status variables, default database, text. The text is in the character set of
 * the client that sent it. That of LOAD DATA (EXECUTE_LOAD_QUERY) has the numbers of a file in between. Source: `Query_event` in `statement_events.h`.
 */
export function readQueryEvent(cursor: ByteCursor, naming: TableNaming, isLoad = false): QueryEvent {
  const threadId = cursor.uint32();
  cursor.uint32();
  const databaseBytes = cursor.uint8();
  cursor.uint16();
  const variableBytes = cursor.uint16();
  if (isLoad) cursor.take(LOAD_BYTES);
  const variables = cursor.take(variableBytes);
  const database = cursor.take(databaseBytes).toString('utf8');
  if (cursor.uint8() !== 0) {
    throw new MillraceError('MYSQL_EVENT_UNREADABLE', 'Expected a zero byte behind the database of a statement');
  }
  const text = cursor.rest();
  if (isAscii(text)) return { threadId, database, sql: text.toString('latin1') };
  const collation = readCollation(variables);
  const charset = collation === undefined ? 'utf8mb4' : naming.charsetOf(collation);
  return { threadId, database, sql: naming.decode(charset, text) };
}

/** Whether the text is the same in every character set that a client may have. */
function isAscii(text: Buffer): boolean {
  for (let index = 0; index < text.length; index++) if ((text[index] as number) >= 0x80) return false;
  return true;
}

/** The collation of `character_set_client`; the server writes the variables in the order of their numbers, as far as this. */
function readCollation(variables: Buffer): number | undefined {
  let at = 0;
  while (at < variables.length) {
    const variable = variables.readUInt8(at++);
    if (variable === CHARSET) return variables.readUInt16LE(at);
    if (variable === CATALOG || variable === TIME_ZONE) at += 1 + variables.readUInt8(at);
    else if (FIXED_BYTES[variable] === undefined) return undefined;
    else at += FIXED_BYTES[variable];
  }
  return undefined;
}
