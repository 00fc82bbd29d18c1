import { avroName, avroNamespace, COLUMN_ATTRIBUTE } from '../../../serde/avro/avro-names.ts';
import type { AvroComplexSchema, AvroField, AvroSchema } from '../../../serde/avro/avro-schema.ts';
import type { TableSchema } from '../../schema/column-schema.ts';

/** A column of a record: its types, of which a value has one. */
export interface AvroColumn {
  /** As the table calls it. */
  readonly name: string;
  /** `null` first where it may be missing. */
  readonly branches: readonly AvroSchema[];
}

/**
 * The columns of a version of a table. All but those of the key may be null, whatever the table says: so that columns can
 * come, go, and allow NULL or not, and each version still reads what any other has written.
 */
export function avroColumns(schema: TableSchema, typeOf: (index: number) => AvroSchema): readonly AvroColumn[] {
  return schema.columns.map(({ name }, index) => {
    const type = typeOf(index);
    return { name, branches: schema.key.includes(name) ? [type] : ['null', type] };
  });
}

/** The schema of rows with these columns: a record named as the table, in the namespace of its database. */
export function rowSchema(
  table: Pick<TableSchema, 'database' | 'table'>,
  prefix: string,
  columns: readonly AvroColumn[],
): string {
  return JSON.stringify({
    type: 'record',
    name: avroName(table.table),
    namespace: avroNamespace(`${prefix}.${table.database}`),
    fields: columns.map(fieldOf),
  });
}

/**
 * The columns with, behind their own types, those that the version before had in the same columns: a schema of them reads what
 * was written by either. Null where a column's types cannot stand beside each other in one union, as two kinds of numbers.
 */
export function widened(columns: readonly AvroColumn[], before: string): readonly AvroColumn[] | null {
  const { fields = [] } = JSON.parse(before) as AvroComplexSchema;
  const result: AvroColumn[] = [];
  for (const column of columns) {
    const old = fields.find(({ name }) => name === avroName(column.name));
    const branches = old === undefined ? column.branches : joined(branchesOf(old.type), column.branches);
    if (branches === null) return null;
    result.push({ name: column.name, branches });
  }
  return result;
}

function fieldOf({ name, branches }: AvroColumn): AvroField {
  const fieldName = avroName(name);
  return {
    name: fieldName,
    type: branches.length === 1 ? (branches[0] as AvroSchema) : branches,
    ...(branches[0] === 'null' ? { default: null } : {}),
    ...(fieldName === name ? {} : { [COLUMN_ATTRIBUTE]: name }),
  };
}

function branchesOf(type: AvroSchema): readonly AvroSchema[] {
  return Array.isArray(type) ? (type as readonly AvroSchema[]) : [type];
}

/** Null first, then the old types in their order, so that what a union was it stays; then what is new. */
function joined(old: readonly AvroSchema[], now: readonly AvroSchema[]): readonly AvroSchema[] | null {
  const all = [...new Map([...old, ...now].map((type) => [JSON.stringify(type), type])).values()];
  const types = all.filter((type) => type !== 'null');
  const kinds = new Set(types.map(kindOf));
  if (kinds.size < types.length) return null;
  return all.includes('null') ? ['null', ...types] : types;
}

/** Types of one kind cannot be told apart in a union: by Avro, or by their values in JavaScript. */
function kindOf(type: AvroSchema): string {
  const name = typeof type === 'string' ? type : ((type as AvroComplexSchema).type as string);
  return name === 'int' || name === 'long' || name === 'double' ? 'number' : name;
}
