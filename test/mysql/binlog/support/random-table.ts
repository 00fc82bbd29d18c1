import fc from 'fast-check';

/** A column of a random table: its type, and literals of values that it takes. */
export interface RandomColumn {
  readonly type: string;
  readonly values: fc.Arbitrary<string>;
}

/** A random table: its columns behind `id`, and what is done to its rows. */
export interface RandomTable {
  readonly columns: readonly string[];
  readonly statements: readonly string[];
  readonly settings: readonly string[];
}

const CHARSETS = [
  ['utf8mb4', 'aé日😀"\\'],
  ['utf8mb3', 'aé日'],
  ['latin1', 'aé€Ÿ'],
  ['cp1251', 'aПривет'],
  ['gbk', 'a中文'],
  ['gb18030', 'a中文😀é'],
  ['big5', 'a中文'],
  ['sjis', 'a日本ｱ'],
  ['ujis', 'a日本ｱ'],
  ['eucjpms', 'a日本①'],
  ['euckr', 'a한국'],
  ['utf16', 'a日😀'],
  ['utf16le', 'a日😀'],
  ['utf32', 'a日😀'],
  ['ucs2', 'aé日'],
  ['dec8', 'aé'],
  ['hp8', 'aé'],
  ['swe7', 'aå'],
  ['tis620', 'aส'],
  ['keybcs2', 'aé'],
  ['geostd8', 'aა'],
] as const;

const digits = (length: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${length}}$`));
const hex = (bytes: number) =>
  fc.uint8Array({ maxLength: bytes }).map((array) => `x'${Buffer.from(array).toString('hex')}'`);
const fraction = (scale: number) =>
  scale === 0 ? fc.constant('') : fc.stringMatching(new RegExp(`^[0-9]{${scale}}$`)).map((text) => `.${text}`);
const pad = (value: number, width = 2) => String(value).padStart(width, '0');

function integer(type: string, bits: number): fc.Arbitrary<RandomColumn> {
  return fc.boolean().map((isUnsigned) => ({
    type: `${type}${isUnsigned ? ' UNSIGNED' : ''}`,
    values: isUnsigned
      ? fc.bigInt(0n, 2n ** BigInt(bits) - 1n).map(String)
      : fc.bigInt(-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n).map(String),
  }));
}

const decimal = fc.integer({ min: 1, max: 65 }).chain((precision) =>
  fc.integer({ min: 0, max: Math.min(30, precision) }).map((scale) => ({
    type: `DECIMAL(${precision},${scale})`,
    values: fc
      .tuple(fc.constantFrom('', '-'), digits(Math.max(1, precision - scale)), digits(Math.max(1, scale)))
      .map(([sign, whole, part]) =>
        precision === scale ? `${sign}0.${part}` : `${sign}${whole}${scale > 0 ? `.${part}` : ''}`,
      ),
  })),
);

const float = fc.constantFrom('FLOAT', 'DOUBLE', 'FLOAT(9,3)', 'DOUBLE(20,5)').map((type) => ({
  type,
  values: type.startsWith('FLOAT')
    ? fc.float({ noNaN: true, noDefaultInfinity: true, min: -99_999, max: 99_999 }).map(String)
    : fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e14, max: 1e14 }).map(String),
}));

const bit = fc.integer({ min: 1, max: 64 }).map((bits) => ({
  type: `BIT(${bits})`,
  values: fc.bigInt(0n, 2n ** BigInt(bits) - 1n).map((value) => `b'${value.toString(2)}'`),
}));

const day = fc
  .tuple(fc.integer({ min: 0, max: 9999 }), fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 31 }))
  .map(([year, month, date]) => `${pad(year, 4)}-${pad(month)}-${pad(date)}`);
const clock = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 59 }))
  .map(([hour, minute, second]) => `${pad(hour)}:${pad(minute)}:${pad(second)}`);

const temporal = fc.integer({ min: 0, max: 6 }).chain((scale) =>
  fc.constantFrom<RandomColumn>(
    { type: 'DATE', values: day.map((text) => `'${text}'`) },
    {
      type: `DATETIME(${scale})`,
      values: fc.tuple(day, clock, fraction(scale)).map(([date, time, part]) => `'${date} ${time}${part}'`),
    },
    {
      type: `TIMESTAMP(${scale}) NULL`,
      values: fc
        .tuple(fc.integer({ min: 1970, max: 2037 }), clock, fraction(scale))
        .map(([year, time, part]) => `'${year}-06-15 ${time}${part}'`),
    },
    {
      type: `TIME(${scale})`,
      values: fc
        .tuple(fc.constantFrom('', '-'), fc.integer({ min: 0, max: 837 }), clock, fraction(scale))
        .map(([sign, hours, time, part]) => `'${sign}${pad(hours)}${time.slice(2)}${part}'`),
    },
    { type: 'YEAR', values: fc.oneof(fc.constant('0000'), fc.integer({ min: 1901, max: 2155 }).map(String)) },
  ),
);

const text = fc.constantFrom(...CHARSETS).chain(([charset, alphabet]) =>
  fc
    .constantFrom('CHAR(20)', 'VARCHAR(20)', 'VARCHAR(300)', 'TINYTEXT', 'TEXT', 'MEDIUMTEXT', 'LONGTEXT')
    .map((type) => ({
      type: `${type} CHARACTER SET ${charset}`,
      values: fc
        .array(fc.constantFrom(...Array.from(alphabet)), { maxLength: 12 })
        .map((characters) => `'${characters.join('').replaceAll('\\', '\\\\')}'`),
    })),
);

const bytes = fc
  .constantFrom('BINARY(12)', 'BINARY(255)', 'VARBINARY(12)', 'VARBINARY(300)', 'TINYBLOB', 'BLOB', 'LONGBLOB')
  .map((type) => ({ type, values: hex(12) }));

const choice = fc.constantFrom<RandomColumn>(
  { type: "ENUM('a','b,c','d''e','ü','')", values: fc.constantFrom("'a'", "'b,c'", "'d''e'", "'ü'", "''", "'none'") },
  { type: "SET('x','y z','ü') CHARACTER SET latin1", values: fc.constantFrom("'x'", "'x,ü'", "''", "'y z,ü,x'") },
  {
    type: `SET(${Array.from({ length: 33 }, (_, index) => `'m${index}'`).join(',')})`,
    values: fc.constantFrom("'m0,m32'", "'m31'", "''"),
  },
  {
    type: `ENUM(${Array.from({ length: 300 }, (_, index) => `'e${index}'`).join(',')})`,
    values: fc.constantFrom("'e0'", "'e299'"),
  },
);

const json: RandomColumn = {
  type: 'JSON',
  values: fc
    .jsonValue({ maxDepth: 3 })
    .map((value) => `'${JSON.stringify(value).replaceAll('\\', '\\\\').replaceAll("'", "''")}'`),
};

const shapes = fc.constantFrom<RandomColumn>(
  {
    type: 'GEOMETRY',
    values: fc.constantFrom(
      "ST_GeomFromText('POINT(1 2)')",
      "ST_GeomFromText('LINESTRING(0 0,1 1,2 2)', 4326)",
      "ST_GeomFromText('GEOMETRYCOLLECTION EMPTY')",
    ),
  },
  { type: 'POINT SRID 4326', values: fc.constantFrom("ST_GeomFromText('POINT(10 20)', 4326)") },
  { type: 'VECTOR(3)', values: fc.constantFrom("TO_VECTOR('[1.5,-2.25,3]')", "TO_VECTOR('[0.1,1e30,-0]')") },
);

const column: fc.Arbitrary<RandomColumn> = fc.oneof(
  integer('TINYINT', 8),
  integer('SMALLINT', 16),
  integer('MEDIUMINT', 24),
  integer('INT', 32),
  integer('BIGINT', 64),
  decimal,
  float,
  bit,
  temporal,
  text,
  bytes,
  choice,
  fc.constant(json),
  shapes,
);

const IMAGES = ['FULL', 'MINIMAL', 'NOBLOB'];

/** Tables of up to twenty columns of any type, with rows that are inserted, updated and deleted under any settings. */
export const randomTable: fc.Arbitrary<RandomTable> = fc
  .array(column, { minLength: 1, maxLength: 20 })
  .chain((columns) => {
    const row = fc.tuple(
      ...columns.map(({ values }) => fc.option(values, { freq: 6 }).map((literal) => literal ?? 'NULL')),
    );
    return fc
      .record({
        rows: fc.array(row, { minLength: 1, maxLength: 5 }),
        changes: fc.array(
          fc.record({
            id: fc.nat(4),
            row,
            column: fc.nat(columns.length - 1),
            kind: fc.constantFrom('all', 'one', 'json', 'delete'),
          }),
          { maxLength: 6 },
        ),
        image: fc.constantFrom(...IMAGES),
        isCompressed: fc.boolean(),
        isPartial: fc.boolean(),
      })
      .map(({ rows, changes, image, isCompressed, isPartial }) => ({
        columns: columns.map(({ type }) => type),
        settings: [
          `binlog_row_image = '${image}'`,
          `binlog_transaction_compression = ${isCompressed ? 'ON' : 'OFF'}`,
          `binlog_row_value_options = '${isPartial && image === 'FULL' ? 'PARTIAL_JSON' : ''}'`,
        ],
        statements: [
          ...rows.map((values, id) => `INSERT IGNORE INTO t VALUES (${[id, ...values].join(',')})`),
          ...changes.map((change) => statementOf(change, columns)),
        ],
      }));
  });

function statementOf(
  change: { id: number; row: readonly string[]; column: number; kind: string },
  columns: readonly RandomColumn[],
): string {
  const { id, row, column: index, kind } = change;
  if (kind === 'delete') return `DELETE FROM t WHERE id = ${id}`;
  if (kind === 'one') return `UPDATE IGNORE t SET c${index} = ${row[index]} WHERE id = ${id}`;
  const document = columns.findIndex(({ type }) => type === 'JSON');
  if (kind === 'json' && document >= 0) {
    return `UPDATE IGNORE t SET c${document} = JSON_SET(c${document}, '$.a', ${id}, '$[0]', 'x', '$."b c"', CAST('[1]' AS JSON)) WHERE id = ${id}`;
  }
  return `UPDATE IGNORE t SET ${row.map((value, at) => `c${at} = ${value}`).join(', ')} WHERE id = ${id}`;
}
