import type { QueryText } from '../connection/mysql-connection.ts';
import type { TableName } from './column-schema.ts';

/** What a table says of a column beyond how to read its values. */
export interface ColumnDetails {
  /** As MySQL writes it: `decimal(10,2) unsigned`. */
  readonly columnType: string;
  readonly nullable: boolean;
  /** The text of its default; null when it has none, or NULL, or an expression. */
  readonly defaultText: string | null;
  readonly isAutoIncrement: boolean;
  readonly isGenerated: boolean;
  readonly comment: string;
  /** The character set of text, ENUM and SET; null for others. */
  readonly charset: string | null;
  readonly isPrimaryKey: boolean;
  /** Characters of text columns at most; null for others. */
  readonly characters: number | null;
}

const DETAILS =
  'SELECT COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA, COLUMN_COMMENT, CHARACTER_MAXIMUM_LENGTH, ' +
  'CHARACTER_SET_NAME, COLUMN_KEY ' +
  'FROM information_schema.COLUMNS WHERE ';

/** The columns of a table as it is now, by name; empty when it is gone. */
export async function readColumnDetails(
  query: QueryText,
  table: TableName,
): Promise<ReadonlyMap<string, ColumnDetails>> {
  const condition = `TABLE_SCHEMA = ${textLiteral(table.database)} AND TABLE_NAME = ${textLiteral(table.table)}`;
  const rows = await query(`${DETAILS}${condition} ORDER BY ORDINAL_POSITION`);
  return new Map(rows.map((cells) => [cells[0] as string, toDetails(cells)]));
}

function toDetails(cells: readonly (string | null)[]): ColumnDetails {
  const [, columnType, nullable, defaultText, extra, comment, characters, charset, key] = cells;
  const isExpression = /DEFAULT_GENERATED/i.test(extra ?? '');
  return {
    columnType: columnType ?? '',
    nullable: nullable === 'YES',
    defaultText: isExpression ? null : (defaultText ?? null),
    isAutoIncrement: /auto_increment/i.test(extra ?? ''),
    isGenerated: /(VIRTUAL|STORED) GENERATED/i.test(extra ?? ''),
    comment: comment ?? '',
    charset: charset ?? null,
    isPrimaryKey: key === 'PRI',
    characters: characters === null || characters === undefined ? null : Number(characters),
  };
}

function textLiteral(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
