import { brotliDecompressSync } from 'node:zlib';
import type { CharsetDecoder } from './charset-decoder.ts';

/** How the bytes of a character set tell how many of them are one character. */
export interface MultiByteShape {
  /** Whether a byte begins a character of two bytes or more. */
  isLead(byte: number): boolean;
  /** `euc`: 0x8F begins one of three bytes. `gb18030`: a digit behind the lead makes it one of four. */
  readonly longer: 'none' | 'euc' | 'gb18030';
}

/** Where the parts of a table begin: one unit for each code, in their order; see the script that makes them. */
const FIRST_LEAD = 0x81;
const FIRST_TRAIL = 0x40;
const TRAILS = 0xfe - FIRST_TRAIL + 1;
const DOUBLES = 256;
const LONGER = DOUBLES + (0xfe - FIRST_LEAD + 1) * TRAILS;
const FIRST_EUC = 0xa1;
const EUC_BYTES = 0xfe - FIRST_EUC + 1;
const THREE_BYTE_LEAD = 0x8f;
/** Codes of four bytes below those of U+10000, and where these begin. */
const QUADRUPLES = 39_420;
const SUPPLEMENTARY = 189_000;
const SUPPLEMENTARY_CODES = 0x10_00_00;

/**
 * A decoder from a table (base64 of brotli of UTF-16 units, each less the one before it) with a character for each code of one byte, then for each of two, then
 * for each longer one. U+FFFF stands where there is none; the server converts such a code to a question mark.
 */
export function multiByteDecoder(packed: string, shape: MultiByteShape): CharsetDecoder {
  const table = unpack(packed);
  return (bytes) => {
    let text = '';
    for (let at = 0; at < bytes.length;) {
      const lead = bytes[at] as number;
      const width = widthAt(bytes, at, shape);
      if (width === 1) text += table[lead];
      else if (width === 2) text += doubleAt(bytes, at, table);
      else if (width === 3) text += table[LONGER + eucIndex(bytes, at)] ?? '?';
      else text += quadrupleText(quadrupleIndex(bytes, at), table);
      at += width;
    }
    return text;
  };
}

function unpack(packed: string): string {
  const bytes = brotliDecompressSync(Buffer.from(packed, 'base64'));
  for (let at = 2; at < bytes.length; at += 2) {
    bytes.writeUInt16LE((bytes.readUInt16LE(at) + bytes.readUInt16LE(at - 2)) % 0x1_00_00, at);
  }
  return bytes.toString('utf16le').replaceAll('\uFFFF', '?');
}

function widthAt(bytes: Buffer, at: number, shape: MultiByteShape): number {
  const lead = bytes[at] as number;
  const left = bytes.length - at;
  if (left < 2 || !shape.isLead(lead)) return 1;
  if (shape.longer === 'euc') return lead === THREE_BYTE_LEAD ? Math.min(3, left) : 2;
  const trail = bytes[at + 1] as number;
  return shape.longer === 'gb18030' && trail >= 0x30 && trail <= 0x39 && left >= 4 ? 4 : 2;
}

function doubleAt(bytes: Buffer, at: number, table: string): string {
  const trail = (bytes[at + 1] as number) - FIRST_TRAIL;
  if (trail < 0 || trail >= TRAILS) return '?';
  return table[DOUBLES + ((bytes[at] as number) - FIRST_LEAD) * TRAILS + trail] ?? '?';
}

function eucIndex(bytes: Buffer, at: number): number {
  const second = (bytes[at + 1] as number) - FIRST_EUC;
  const third = (bytes[at + 2] as number) - FIRST_EUC;
  return second < 0 || third < 0 || third >= EUC_BYTES ? -LONGER - 1 : second * EUC_BYTES + third;
}

function quadrupleIndex(bytes: Buffer, at: number): number {
  const [first, second, third, fourth] = bytes.subarray(at, at + 4) as unknown as [number, number, number, number];
  return (((first - 0x81) * 10 + second - 0x30) * 126 + third - 0x81) * 10 + fourth - 0x30;
}

function quadrupleText(index: number, table: string): string {
  // The one code whose character is U+FFFF itself.
  if (index === QUADRUPLES - 1) return '\uFFFF';
  if (index >= 0 && index < QUADRUPLES) return table[LONGER + index] as string;
  const beyond = index - SUPPLEMENTARY;
  return beyond >= 0 && beyond < SUPPLEMENTARY_CODES ? String.fromCodePoint(0x1_00_00 + beyond) : '?';
}
