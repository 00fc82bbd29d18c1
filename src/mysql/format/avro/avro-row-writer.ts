import { MillraceError } from '../../../core/millrace-error.ts';
import { WIRE_HEADER_BYTES, writeWireHeader } from '../../../serde/registry/wire-format.ts';
import { isMillraceErrorOf } from '../../connection/mysql-error.ts';
import { tableName, type TableSchema } from '../../schema/column-schema.ts';
import type { BinlogRow, TextRow } from '../../values/row-codec.ts';
import type { TableFormatOptions } from '../record-format.ts';
import { AvroBytes } from './avro-bytes.ts';
import type { AvroCell } from './avro-cell.ts';
import { createAvroCell } from './create-avro-cell.ts';
import { type AvroColumn, avroColumns, rowSchema, widened } from './avro-row-schema.ts';
import { registerSchema, type Registration } from './register-schema.ts';

/** What a writer of a table is made from. */
export interface AvroRowOptions extends Omit<Registration, 'table'> {
  readonly schema: TableSchema;
  readonly topicPrefix: string;
  readonly options: TableFormatOptions;
}

/** A column and how its values are written. */
interface Member {
  readonly cell: AvroCell;
  /** The branch of its values; -1 where it has no others. */
  readonly branch: number;
}

/** Writes rows of one version of a table as Avro, with the id of its schema in front. */
export class AvroRowWriter {
  readonly #schema: TableSchema;
  readonly #id: number;
  readonly #members: readonly Member[];
  readonly #to = new AvroBytes();

  private constructor(schema: TableSchema, id: number, members: readonly Member[]) {
    this.#schema = schema;
    this.#id = id;
    this.#members = members;
  }

  /**
   * Registers the schema of the table. One that the registry does not take, because a column has values of another kind now,
   * is tried again with the former kind beside it, where the policy lets such rows come. Throws what `registerSchema` throws.
   */
  static async open({ schema, topicPrefix, options, ...to }: AvroRowOptions): Promise<AvroRowWriter> {
    const cells = schema.columns.map((column) => createAvroCell(column, options));
    const own = avroColumns(schema, (index) => (cells[index] as AvroCell).type);
    const registration = { ...to, table: tableName(schema) };
    let columns = own;
    let id: number;
    try {
      id = await registerSchema(registration, rowSchema(schema, topicPrefix, own));
    } catch (error) {
      const wider = options.mayWiden ? await widerColumns(registration, own, error) : null;
      if (wider === null) throw error;
      columns = wider;
      id = await registerSchema(registration, rowSchema(schema, topicPrefix, wider));
    }
    const members = cells.map((cell, index) => ({ cell, branch: branchOf(columns[index] as AvroColumn, cell) }));
    return new AvroRowWriter(schema, id, members);
  }

  /** A row that was selected. */
  ofText(row: TextRow): Buffer {
    this.#to.begin(WIRE_HEADER_BYTES);
    for (let index = 0; index < this.#members.length; index++) {
      const { cell, branch } = this.#members[index] as Member;
      const value = row[index] as Buffer | null;
      if (value === null) {
        this.#to.long(0);
        continue;
      }
      if (branch >= 0) this.#to.long(branch);
      try {
        cell.fromText(this.#to, value);
      } catch (error) {
        throw this.#at(index, error);
      }
    }
    return this.#take();
  }

  /** A row of the binlog. */
  ofBinlog(row: BinlogRow): Buffer {
    this.#to.begin(WIRE_HEADER_BYTES);
    for (let index = 0; index < this.#members.length; index++) {
      const { cell, branch } = this.#members[index] as Member;
      const value = row[index];
      if (value === null) {
        this.#to.long(0);
        continue;
      }
      if (branch >= 0) this.#to.long(branch);
      try {
        cell.fromBinlog(this.#to, value as NonNullable<typeof value>);
      } catch (error) {
        throw this.#at(index, error);
      }
    }
    return this.#take();
  }

  #take(): Buffer {
    const bytes = this.#to.take();
    writeWireHeader(bytes, this.#id);
    return bytes;
  }

  #at(index: number, error: unknown): unknown {
    if (!(error instanceof MillraceError)) return error;
    return error.at({ table: tableName(this.#schema), column: this.#schema.columns[index]?.name });
  }
}

async function widerColumns(
  { registry, subject }: Registration,
  columns: readonly AvroColumn[],
  refusal: unknown,
): Promise<readonly AvroColumn[] | null> {
  if (!isMillraceErrorOf(refusal, 'MYSQL_SCHEMA_INCOMPATIBLE')) return null;
  const latest = await registry.latest(subject);
  return latest?.type === 'AVRO' ? widened(columns, latest.schema) : null;
}

function branchOf({ branches }: AvroColumn, { type }: AvroCell): number {
  if (branches.length === 1) return -1;
  const text = JSON.stringify(type);
  return branches.findIndex((branch) => JSON.stringify(branch) === text);
}
