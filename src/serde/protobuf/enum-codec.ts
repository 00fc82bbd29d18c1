import type protobuf from 'protobufjs';
import { readVarint } from './halves.ts';
import { unreadable, unwritable } from './misfit.ts';
import { type ValueCodec, WIRE } from './scalar-codecs.ts';

/** An enum's values by their names; a number that has no name in this version of the schema stays a number. */
export function enumCodec({ name, values }: protobuf.Enum): ValueCodec {
  const byName = new Map(Object.entries(values));
  const byNumber = new Map<number, string>();
  // Of two names of one number the first counts.
  for (const [symbol, number] of byName) if (!byNumber.has(number)) byNumber.set(number, symbol);
  const first = byName.values().next().value ?? 0;
  const zero = byNumber.get(0) ?? byNumber.get(first) ?? 0;
  return {
    wireType: WIRE.VARINT,
    zero,
    isZero: (value) => value === zero || value === 0,
    write: (writer, value) => {
      const number = typeof value === 'string' ? byName.get(value) : value;
      if (!Number.isInteger(number) || number !== ((number as number) | 0)) {
        throw unwritable(`what is not a name of the enum ${name}`);
      }
      writer.int32(number as number);
    },
    read: (reader) => {
      const { low, high } = readVarint(reader);
      if (high !== low >> 31) throw unreadable(`what is no number of the enum ${name}`);
      return byNumber.get(low) ?? low;
    },
  };
}
