import { isUtf8 } from 'node:buffer';
import type protobuf from 'protobufjs';
import type { BigintReading } from '../json-integers.ts';
import { type Halves, readFixed64, readVarint, readZigzag } from './halves.ts';
import { halvesOfInteger, integerOfHalves } from './int64.ts';
import { unreadable, unwritable } from './misfit.ts';

/** How one value of a field is written and read, without the tag in front. */
export interface ValueCodec {
  /** Of the tag in front of a value. */
  readonly wireType: number;
  /** What a field that was not written has, when absence is not told from it. */
  readonly zero: unknown;
  /** Whether a value is that: then it is not written where absence is not told from it. Throws nothing. */
  isZero(value: unknown): boolean;
  /** Throws SERIALIZATION_FAILED. */
  write(writer: protobuf.Writer, value: unknown): void;
  /** Throws DESERIALIZATION_FAILED and INTEGER_UNSAFE. `earlier` is what a message that was read before in the same place is merged into. */
  read(reader: protobuf.Reader, earlier?: unknown): unknown;
}

/** Protobuf's wire types: what tells where a value ends. */
export const WIRE = Object.freeze({ VARINT: 0, FIXED64: 1, LENGTH: 2, FIXED32: 5 });

const INT32 = { min: -2_147_483_648, max: 2_147_483_647 } as const;
const UINT32 = { min: 0, max: 4_294_967_295 } as const;
const LARGEST_FLOAT = 3.402_823_466_385_288_6e38;

/** The codecs of all scalar types, by their names in the language. */
export function scalarCodecs(bigint: BigintReading): Readonly<Record<string, ValueCodec>> {
  return {
    double: floatCodec(
      WIRE.FIXED64,
      (writer, value) => writer.double(value),
      (reader) => reader.double(),
    ),
    float: floatCodec(
      WIRE.FIXED32,
      (writer, value) => {
        if (Number.isFinite(value) && Math.abs(value) > LARGEST_FLOAT) throw unwritable('a number beyond a float');
        writer.float(value);
      },
      (reader) => reader.float(),
    ),
    int32: intCodec(INT32, WIRE.VARINT, (writer, value) => writer.int32(value), readInt32),
    uint32: intCodec(UINT32, WIRE.VARINT, (writer, value) => writer.uint32(value), readUint32),
    sint32: intCodec(INT32, WIRE.VARINT, (writer, value) => writer.sint32(value), readSint32),
    fixed32: intCodec(
      UINT32,
      WIRE.FIXED32,
      (writer, value) => writer.fixed32(value),
      (reader) => reader.fixed32(),
    ),
    sfixed32: intCodec(
      INT32,
      WIRE.FIXED32,
      (writer, value) => writer.sfixed32(value),
      (reader) => reader.sfixed32(),
    ),
    ...longCodecs(bigint),
    bool: BOOL,
    string: STRING,
    bytes: BYTES,
  };
}

const BOOL: ValueCodec = {
  wireType: WIRE.VARINT,
  zero: false,
  isZero: (value) => value === false,
  write: (writer, value) => {
    if (typeof value !== 'boolean') throw unwritable('what is not a boolean');
    writer.bool(value);
  },
  read: (reader) => {
    const { low, high } = readVarint(reader);
    return low !== 0 || high !== 0;
  },
};

const STRING: ValueCodec = {
  wireType: WIRE.LENGTH,
  zero: '',
  isZero: (value) => value === '',
  write: (writer, value) => {
    if (typeof value !== 'string') throw unwritable('what is not a string');
    if (!value.isWellFormed()) throw unwritable('a string with half of a surrogate pair');
    writer.string(value);
  },
  read: (reader) => {
    const start = reader.pos;
    const text = reader.string();
    // Stray bytes are read as U+FFFD: only a text that has one needs the check of its bytes.
    if (text.includes('\ufffd')) mustBeUtf8(reader, start);
    return text;
  },
};

const BYTES: ValueCodec = {
  wireType: WIRE.LENGTH,
  zero: Buffer.alloc(0),
  isZero: (value) => Buffer.isBuffer(value) && value.length === 0,
  write: (writer, value) => {
    if (!Buffer.isBuffer(value)) throw unwritable('what is not a Buffer');
    writer.bytes(value);
  },
  // A copy, for the bytes around it may be those of a whole fetch.
  read: (reader) => Buffer.from(reader.bytes()),
};

function mustBeUtf8(reader: protobuf.Reader, start: number): void {
  const end = reader.pos;
  reader.pos = start;
  const written = reader.bytes();
  reader.pos = end;
  if (!isUtf8(written)) throw unreadable('a string that is not UTF-8');
}

function floatCodec(
  wireType: number,
  write: (writer: protobuf.Writer, value: number) => void,
  read: (reader: protobuf.Reader) => number,
): ValueCodec {
  return {
    wireType,
    zero: 0,
    isZero: (value) => Object.is(value, 0),
    write: (writer, value) => {
      if (typeof value !== 'number') throw unwritable('what is not a number');
      write(writer, value);
    },
    read,
  };
}

function intCodec(
  { min, max }: { readonly min: number; readonly max: number },
  wireType: number,
  ...[write, read]: readonly [
    write: (writer: protobuf.Writer, value: number) => void,
    read: (reader: protobuf.Reader) => number,
  ]
): ValueCodec {
  return {
    wireType,
    zero: 0,
    isZero: (value) => value === 0,
    write: (writer, value) => {
      if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
        throw unwritable(`what is not an integer from ${min} to ${max}`);
      }
      write(writer, value as number);
    },
    read,
  };
}

/** A varint of 64 bits whose value does not fit is another type's: protobufjs would cut it off. */
function readInt32(reader: protobuf.Reader): number {
  const { low, high } = readVarint(reader);
  if (high !== low >> 31) throw unreadable('an integer of more than 32 bits');
  return low;
}

function readUint32(reader: protobuf.Reader): number {
  const { low, high } = readVarint(reader);
  if (high !== 0) throw unreadable('an integer of more than 32 bits');
  return low >>> 0;
}

function readSint32(reader: protobuf.Reader): number {
  const { low, high } = readZigzag(reader);
  if (high !== low >> 31) throw unreadable('an integer of more than 32 bits');
  return low;
}

function longCodecs(bigint: BigintReading): Readonly<Record<string, ValueCodec>> {
  const codec = (
    type: 'int64' | 'uint64' | 'sint64' | 'fixed64' | 'sfixed64',
    isUnsigned: boolean,
    read: (reader: protobuf.Reader) => Halves,
  ): ValueCodec => ({
    wireType: read === readFixed64 ? WIRE.FIXED64 : WIRE.VARINT,
    zero: 0,
    isZero: (value) => value === 0 || value === 0n,
    write: (writer, value) => {
      writer[type](halvesOfInteger(value, isUnsigned));
    },
    read: (reader) => integerOfHalves(read(reader), { isUnsigned, bigint }),
  });
  return {
    int64: codec('int64', false, readVarint),
    uint64: codec('uint64', true, readVarint),
    sint64: codec('sint64', false, readZigzag),
    fixed64: codec('fixed64', true, readFixed64),
    sfixed64: codec('sfixed64', false, readFixed64),
  };
}
