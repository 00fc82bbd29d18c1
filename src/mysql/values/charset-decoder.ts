import { MillraceError } from '../../core/millrace-error.ts';

/** Bytes of one character set as text. */
export type CharsetDecoder = (bytes: Buffer) => string;

/** Runs one query and gives its rows, cell by cell, as text. */
export type QueryText = (sql: string) => Promise<readonly (readonly (string | null)[])[]>;

/** Character sets of one byte a character; the server's own mapping of their 256 codes is asked for. */
const SINGLE_BYTE = new Set(
  'armscii8 ascii cp1250 cp1251 cp1256 cp1257 cp850 cp852 cp866 dec8 geostd8 greek hebrew hp8 keybcs2 koi8r koi8u latin1 latin2 latin5 latin7 macce macroman swe7 tis620'.split(
    ' ',
  ),
);

/** Character sets of one or two bytes a character, with the lowest and highest lead bytes of the two-byte ones. */
const DOUBLE_BYTE: Readonly<{ [charset: string]: (lead: number) => boolean }> = {
  big5: (lead) => lead >= 0x81 && lead <= 0xfe,
  gbk: (lead) => lead >= 0x81 && lead <= 0xfe,
  gb2312: (lead) => lead >= 0xa1 && lead <= 0xf7,
  euckr: (lead) => lead >= 0x81 && lead <= 0xfe,
  sjis: (lead) => (lead >= 0x81 && lead <= 0x9f) || (lead >= 0xe0 && lead <= 0xfc),
  cp932: (lead) => (lead >= 0x81 && lead <= 0x9f) || (lead >= 0xe0 && lead <= 0xfc),
};

const UNICODE: Readonly<{ [charset: string]: CharsetDecoder }> = {
  utf8mb4: decodeUtf8,
  utf8mb3: decodeUtf8,
  utf8: decodeUtf8,
  ucs2: decodeUtf16,
  utf16: decodeUtf16,
  utf16le: (bytes) => bytes.toString('utf16le'),
  utf32: decodeUtf32,
};

/** Whether text of this character set can be read from the binlog exactly as the server reads it. */
export function isReadableCharset(charset: string): boolean {
  return charset in UNICODE || SINGLE_BYTE.has(charset) || charset in DOUBLE_BYTE;
}

/**
 * Decoders by character set.
 *
 * Unicode ones are computed. For the others the server itself is asked once how it maps each code to Unicode, because every
 * library's tables differ from MySQL's in some characters; so a streamed text equals the snapshotted one, which the server
 * converts.
 */
export class CharsetDecoders {
  readonly #decoders = new Map<string, CharsetDecoder>(Object.entries(UNICODE));
  readonly #query: QueryText;

  constructor(query: QueryText) {
    this.#query = query;
  }

  /** Makes the decoders of these character sets ready. Throws MYSQL_UNSUPPORTED_COLUMN for one that cannot be read. */
  async load(charsets: Iterable<string>): Promise<void> {
    for (const charset of charsets) {
      if (this.#decoders.has(charset)) continue;
      if (SINGLE_BYTE.has(charset)) this.#decoders.set(charset, singleByteDecoder(await this.#codes(charset, 0, 255)));
      else if (charset in DOUBLE_BYTE) this.#decoders.set(charset, await this.#doubleByteDecoder(charset));
      else throw unreadable(charset);
    }
  }

  /** The decoder of a character set that was loaded. */
  get(charset: string): CharsetDecoder {
    const decoder = this.#decoders.get(charset);
    if (decoder === undefined) throw unreadable(charset);
    return decoder;
  }

  async #doubleByteDecoder(charset: string): Promise<CharsetDecoder> {
    const isLead = DOUBLE_BYTE[charset] as (lead: number) => boolean;
    const singles = await this.#codes(charset, 0, 255);
    const doubles = await this.#codes(charset, 0x81_00, 0xfe_ff);
    return (bytes) => {
      let text = '';
      for (let index = 0; index < bytes.length; index++) {
        const byte = bytes[index] as number;
        if (isLead(byte) && index + 1 < bytes.length)
          text += doubles[byte * 256 + (bytes[++index] as number) - 0x81_00];
        else text += singles[byte];
      }
      return text;
    };
  }

  /** What the server makes of each code from `first` to `last`; `?` where the code is no character. */
  async #codes(charset: string, first: number, last: number): Promise<readonly string[]> {
    const width = last > 255 ? 4 : 2;
    const rows = await this.#query(
      `WITH digits AS (SELECT 0 d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL ` +
        `SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9 UNION ALL SELECT 10 UNION ALL ` +
        `SELECT 11 UNION ALL SELECT 12 UNION ALL SELECT 13 UNION ALL SELECT 14 UNION ALL SELECT 15), ` +
        `bytes AS (SELECT a.d * 16 + b.d AS n FROM digits a, digits b), ` +
        (width === 2
          ? `codes AS (SELECT n FROM bytes)`
          : `codes AS (SELECT a.n * 256 + b.n AS n FROM bytes a, bytes b)`) +
        ` SELECT n, CONVERT(CONVERT(UNHEX(LPAD(HEX(n), ${width}, '0')) USING ${charset}) USING utf8mb4) FROM codes ` +
        `WHERE n BETWEEN ${first} AND ${last}`,
    );
    const texts = new Array<string>(last - first + 1).fill('?');
    for (const [code, text] of rows) texts[Number(code) - first] = text ?? '?';
    return texts;
  }
}

function singleByteDecoder(codes: readonly string[]): CharsetDecoder {
  return (bytes) => {
    let text = '';
    for (let index = 0; index < bytes.length; index++) text += codes[bytes[index] as number];
    return text;
  };
}

function decodeUtf8(bytes: Buffer): string {
  return bytes.toString('utf8');
}

function decodeUtf16(bytes: Buffer): string {
  return Buffer.from(bytes).swap16().toString('utf16le');
}

function decodeUtf32(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at + 4 <= bytes.length; at += 4) text += String.fromCodePoint(bytes.readUInt32BE(at));
  return text;
}

function unreadable(charset: string): MillraceError {
  return new MillraceError(
    'MYSQL_UNSUPPORTED_COLUMN',
    `Expected a character set that can be read from the binlog, got ${charset}: convert the column to utf8mb4, or exclude its table`,
  );
}
