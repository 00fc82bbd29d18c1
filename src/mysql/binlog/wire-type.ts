/** Types of columns as the binlog numbers them. Source: `enum_field_types` of the server. */
export const WireType = {
  TINY: 1,
  SHORT: 2,
  LONG: 3,
  FLOAT: 4,
  DOUBLE: 5,
  LONGLONG: 8,
  INT24: 9,
  DATE: 10,
  YEAR: 13,
  VARCHAR: 15,
  BIT: 16,
  TIMESTAMP2: 17,
  DATETIME2: 18,
  TIME2: 19,
  VECTOR: 242,
  JSON: 245,
  NEWDECIMAL: 246,
  ENUM: 247,
  SET: 248,
  BLOB: 252,
  STRING: 254,
  GEOMETRY: 255,
} as const;

const { TINY, SHORT, INT24, LONG, LONGLONG, FLOAT, DOUBLE, NEWDECIMAL, YEAR, VARCHAR, STRING, BLOB, VECTOR } = WireType;
const NUMERIC = new Set<number>([TINY, SHORT, INT24, LONG, LONGLONG, FLOAT, DOUBLE, NEWDECIMAL, YEAR]);
/** A VECTOR is a BLOB to the server that lists them, in the character set binary. */
const TEXT = new Set<number>([VARCHAR, STRING, BLOB, VECTOR]);

/** Whether the type is one of those that the table's SIGNEDNESS counts. */
export function isNumericType(type: number): boolean {
  return NUMERIC.has(type);
}

/** Whether the type is one of those that the table's character sets are listed for, in the list of text columns. */
export function isTextType(type: number): boolean {
  return TEXT.has(type);
}
