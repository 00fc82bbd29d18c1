import type protobuf from 'protobufjs';
import { unreadable } from './misfit.ts';

/** The halves of a 64-bit integer, each as a signed one of 32 bits. */
export interface Halves {
  readonly low: number;
  readonly high: number;
}

/** Reads a varint whole. What protobufjs reads depends on which packages are installed. Throws DESERIALIZATION_FAILED. */
export function readVarint(reader: protobuf.Reader): Halves {
  const { buf, len } = reader;
  let { pos } = reader;
  let low = 0;
  let high = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    if (pos >= len) throw unreadable('bytes that end before it does');
    const byte = buf[pos++] as number;
    const bits = byte & 0x7f;
    if (shift < 28) low |= bits << shift;
    else if (shift > 28) high |= bits << (shift - 32);
    else {
      low |= bits << 28;
      high |= bits >> 4;
    }
    if (byte > 0x7f) continue;
    reader.pos = pos;
    return { low, high };
  }
  throw unreadable('a varint of more than 64 bits');
}

/** Reads a varint whose lowest bit is the sign. */
export function readZigzag(reader: protobuf.Reader): Halves {
  const { low, high } = readVarint(reader);
  const sign = -(low & 1);
  return { low: ((low >>> 1) | (high << 31)) ^ sign, high: (high >>> 1) ^ sign };
}

/** Reads 8 bytes, the lower half first. */
export function readFixed64(reader: protobuf.Reader): Halves {
  const low = reader.sfixed32();
  return { low, high: reader.sfixed32() };
}
