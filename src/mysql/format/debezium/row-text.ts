import { MillraceError } from '../../../core/millrace-error.ts';
import { tableName, type TableSchema } from '../../schema/column-schema.ts';
import type { BinlogValue, ColumnCodec } from '../../values/column-codec.ts';
import type { BinlogRow, TextRow } from '../../values/row-codec.ts';
import type { ConnectField } from './connect-schema.ts';
import type { DebeziumColumn } from './debezium-column.ts';

/** A column of the text, where it stands in the row, and how its values are read and written. */
export interface WrittenColumn {
  readonly index: number;
  readonly codec: ColumnCodec;
  readonly column: DebeziumColumn;
}

interface Member extends WrittenColumn {
  readonly label: string;
}

/** Writes some columns of a row as a JSON object, in the order given. */
export class RowText {
  readonly fields: readonly ConnectField[];
  readonly #members: readonly Member[];
  readonly #schema: TableSchema;

  constructor(schema: TableSchema, columns: readonly WrittenColumn[]) {
    this.#schema = schema;
    this.fields = columns.map(({ column }) => column.field);
    this.#members = columns.map((written, at) => ({
      ...written,
      label: `${at === 0 ? '' : ','}${JSON.stringify(written.column.field.field)}:`,
    }));
  }

  /** Of a row that was selected. */
  ofText(row: TextRow): string {
    let text = '{';
    for (const member of this.#members) {
      const value = row[member.index];
      text += member.label;
      text += value === null || value === undefined ? member.column.nullText : this.#fromText(member, value);
    }
    return `${text}}`;
  }

  /** Of a row of the binlog. Throws MYSQL_EVENT_UNREADABLE, MYSQL_VALUE_UNREPRESENTABLE, MYSQL_SETTING_UNSUPPORTED. */
  ofBinlog(row: BinlogRow): string {
    let text = '{';
    for (const member of this.#members) {
      const value = row[member.index];
      text += member.label;
      if (value === null) text += member.column.nullText;
      else if (value === undefined) text += this.#absent(member);
      else text += this.#fromBinlog(member, value);
    }
    return `${text}}`;
  }

  #fromText(member: Member, value: Buffer): string {
    const { codec, column } = member;
    try {
      const text = codec.fromText(value);
      return column.convert === undefined ? text : column.convert(text);
    } catch (error) {
      throw this.#at(member, error);
    }
  }

  #fromBinlog(member: Member, value: BinlogValue): string {
    const { codec, column } = member;
    try {
      const text = codec.fromBinlog(value);
      return column.convert === undefined ? text : column.convert(text);
    } catch (error) {
      throw this.#at(member, error);
    }
  }

  #absent(member: Member): string {
    if (member.column.absentText !== null) return member.column.absentText;
    throw this.#at(
      member,
      new MillraceError(
        'MYSQL_SETTING_UNSUPPORTED',
        'Expected rows with all their columns but large ones, got some left out: SET PERSIST binlog_row_image = FULL (and FULL in every session)',
      ),
    );
  }

  #at(member: Member, error: unknown): unknown {
    if (!(error instanceof MillraceError)) return error;
    return error.at({ table: tableName(this.#schema), column: this.#schema.columns[member.index]?.name });
  }
}
