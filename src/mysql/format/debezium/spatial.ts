import { field, type ConnectSchema } from './connect-schema.ts';

/** The schema of shapes. */
export const GEOMETRY_SCHEMA: Omit<ConnectSchema, 'optional'> = {
  type: 'struct',
  fields: [field('wkb', 'bytes', false), field('srid', 'int32')],
  name: 'io.debezium.data.geometry.Geometry',
  doc: 'Geometry',
};

/** The schema of points. */
export const POINT_SCHEMA: Omit<ConnectSchema, 'optional'> = {
  type: 'struct',
  fields: [field('x', 'double', false), field('y', 'double', false), field('wkb', 'bytes'), field('srid', 'int32')],
  name: 'io.debezium.data.geometry.Point',
  doc: 'Geometry (POINT)',
};

const SHAPE = /^\{"srid":(\d+),"wkb":"([^"]*)"\}$/;
/** Well-known binary begins with its byte order and a 32-bit type. */
const COORDINATES_OFFSET = 5;

/** The row format's text of a shape as Debezium's struct, in which SRID 0 is none. */
export function geometryStruct(text: string): string {
  const [, srid = '0', wkb = ''] = SHAPE.exec(text) ?? [];
  return `{"wkb":"${wkb}","srid":${srid === '0' ? 'null' : srid}}`;
}

/** The same of a point, with its coordinates as they are stored. */
export function pointStruct(text: string): string {
  const [, srid = '0', wkb = ''] = SHAPE.exec(text) ?? [];
  const bytes = Buffer.from(wkb, 'base64');
  const isLittleEndian = bytes[0] === 1;
  const coordinate = (at: number) => (isLittleEndian ? bytes.readDoubleLE(at) : bytes.readDoubleBE(at));
  const [x, y] = [coordinate(COORDINATES_OFFSET), coordinate(COORDINATES_OFFSET + 8)];
  return `{"x":${x},"y":${y},"wkb":"${wkb}","srid":${srid === '0' ? 'null' : srid}}`;
}
