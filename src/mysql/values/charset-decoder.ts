import { MillraceError } from '../../core/millrace-error.ts';
import { BIG5_TABLE } from './charset-tables/big5.ts';
import { CP932_TABLE } from './charset-tables/cp932.ts';
import { EUCJPMS_TABLE } from './charset-tables/eucjpms.ts';
import { EUCKR_TABLE } from './charset-tables/euckr.ts';
import { GB18030_TABLE } from './charset-tables/gb18030.ts';
import { GB2312_TABLE } from './charset-tables/gb2312.ts';
import { GBK_TABLE } from './charset-tables/gbk.ts';
import { SJIS_TABLE } from './charset-tables/sjis.ts';
import { SINGLE_BYTE_TABLES } from './charset-tables/single-byte.ts';
import { UJIS_TABLE } from './charset-tables/ujis.ts';
import { multiByteDecoder, type MultiByteShape } from './multi-byte-decoder.ts';

/** Bytes of one character set as text. */
export type CharsetDecoder = (bytes: Buffer) => string;

/** Character sets of one to four bytes a character: their tables, and how many bytes are one character. */
const MULTI_BYTE: Readonly<{ [charset: string]: MultiByteShape & { readonly table: string } }> = {
  big5: { table: BIG5_TABLE, isLead: isBetween(0x81, 0xfe), longer: 'none' },
  gbk: { table: GBK_TABLE, isLead: isBetween(0x81, 0xfe), longer: 'none' },
  gb2312: { table: GB2312_TABLE, isLead: isBetween(0xa1, 0xf7), longer: 'none' },
  gb18030: { table: GB18030_TABLE, isLead: isBetween(0x81, 0xfe), longer: 'gb18030' },
  euckr: { table: EUCKR_TABLE, isLead: isBetween(0x81, 0xfe), longer: 'none' },
  sjis: { table: SJIS_TABLE, isLead: isShiftJisLead, longer: 'none' },
  cp932: { table: CP932_TABLE, isLead: isShiftJisLead, longer: 'none' },
  ujis: { table: UJIS_TABLE, isLead: isEucLead, longer: 'euc' },
  eucjpms: { table: EUCJPMS_TABLE, isLead: isEucLead, longer: 'euc' },
};

const UNICODE: Readonly<{ [charset: string]: CharsetDecoder }> = {
  utf8mb4: decodeUtf8,
  utf8mb3: decodeUtf8,
  utf8: decodeUtf8,
  // ENUM and SET may have it; the server hands their members over as they are.
  binary: decodeUtf8,
  ucs2: decodeUtf16,
  utf16: decodeUtf16,
  utf16le: (bytes) => bytes.toString('utf16le'),
  utf32: decodeUtf32,
};

const LAST_CODE_POINT = 0x10_ff_ff;

/** Whether text of this character set can be read from the binlog exactly as the server reads it. */
export function isReadableCharset(charset: string): boolean {
  return charset in UNICODE || charset in SINGLE_BYTE_TABLES || charset in MULTI_BYTE;
}

/**
 * Decoders by character set, each made when it is first asked for.
 *
 * Unicode ones are computed. The others have tables made from the server's own conversion, because every library's differ
 * from MySQL's in some characters; so a streamed text equals the snapshotted one, which the server converts.
 */
export class CharsetDecoders {
  readonly #decoders = new Map<string, CharsetDecoder>();

  /** The decoder of a character set. Throws MYSQL_UNSUPPORTED_COLUMN for one that no server up to 9.7 has. */
  get(charset: string): CharsetDecoder {
    let decoder = this.#decoders.get(charset);
    if (decoder === undefined) {
      decoder = createDecoder(charset);
      this.#decoders.set(charset, decoder);
    }
    return decoder;
  }
}

function createDecoder(charset: string): CharsetDecoder {
  const computed = UNICODE[charset];
  if (computed !== undefined) return computed;
  const table = SINGLE_BYTE_TABLES[charset];
  if (table !== undefined) return singleByteDecoder(table.replaceAll('\uFFFF', '?'));
  const multiByte = MULTI_BYTE[charset];
  if (multiByte !== undefined) return multiByteDecoder(multiByte.table, multiByte);
  throw new MillraceError(
    'MYSQL_UNSUPPORTED_COLUMN',
    `Expected a character set that can be read from the binlog, got ${charset}: convert the column to utf8mb4, or exclude its table`,
  );
}

function singleByteDecoder(codes: string): CharsetDecoder {
  return (bytes) => {
    let text = '';
    for (let index = 0; index < bytes.length; index++) text += codes[bytes[index] as number];
    return text;
  };
}

function isBetween(first: number, last: number): (byte: number) => boolean {
  return (byte) => byte >= first && byte <= last;
}

function isShiftJisLead(byte: number): boolean {
  return (byte >= 0x81 && byte <= 0x9f) || (byte >= 0xe0 && byte <= 0xfc);
}

function isEucLead(byte: number): boolean {
  return (byte >= 0xa1 && byte <= 0xfe) || byte === 0x8e || byte === 0x8f;
}

function decodeUtf8(bytes: Buffer): string {
  return bytes.toString('utf8');
}

function decodeUtf16(bytes: Buffer): string {
  return Buffer.from(bytes).swap16().toString('utf16le');
}

/** The server stores no other codes. */
function characterOf(code: number): string {
  return code <= LAST_CODE_POINT ? String.fromCodePoint(code) : '?';
}

function decodeUtf32(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at + 4 <= bytes.length; at += 4) text += characterOf(bytes.readUInt32BE(at));
  return text;
}
