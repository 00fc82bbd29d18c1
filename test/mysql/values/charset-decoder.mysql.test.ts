import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CharsetDecoders, isReadableCharset } from '../../../src/mysql/values/charset-decoder.ts';
import { createTestDatabase, type TestDatabase } from '../../support/mysql.ts';

const CODES_PER_QUERY = 20_000;
const decoders = new CharsetDecoders();
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

test('every character set of the server can be read', async () => {
  const [rows] = (await database.connection.query(
    'SELECT CHARACTER_SET_NAME AS name FROM information_schema.CHARACTER_SETS',
  )) as unknown as [{ name: string }[]];

  expect(rows.length).toBeGreaterThanOrEqual(41);
  expect(rows.map(({ name }) => name).filter((name) => !isReadableCharset(name))).toEqual([]);
});

const SINGLE = bytesUpTo(1);
const DOUBLE = bytesUpTo(2);
const EUC_TRIPLE = DOUBLE.filter(([first, second]) => (first ?? 0) >= 0xa1 && (second ?? 0) >= 0xa1).map((code) =>
  Buffer.concat([Buffer.from([0x8f]), code]),
);
const UNICODE = [0x41, 0xe9, 0x20ac, 0x65e5, 0xd7ff, 0xe000, 0xfffd, 0x1_f6_00, 0x10_ff_ff];

describe.each([
  ...'armscii8 ascii cp1250 cp1251 cp1256 cp1257 cp850 cp852 cp866 dec8 geostd8 greek hebrew hp8 keybcs2 koi8r koi8u'.split(
    ' ',
  ),
  ...'latin1 latin2 latin5 latin7 macce macroman swe7 tis620'.split(' '),
])('%s', (charset) => {
  test('all codes are read as the server reads them', () => expectAsServer(charset, SINGLE));
});

describe.each(['big5', 'cp932', 'euckr', 'gb2312', 'gbk', 'sjis'])('%s', (charset) => {
  test('all codes are read as the server reads them', () => expectAsServer(charset, [...SINGLE, ...DOUBLE]));
});

describe.each(['eucjpms', 'ujis'])('%s', (charset) => {
  test('all codes are read as the server reads them', () =>
    expectAsServer(charset, [...SINGLE, ...DOUBLE, ...EUC_TRIPLE]));
});

test('gb18030: all codes are read as the server reads them', () =>
  expectAsServer('gb18030', [...SINGLE, ...DOUBLE, ...quadruples()]));

test.each(['utf8mb4', 'utf8mb3', 'utf16', 'utf16le', 'utf32', 'ucs2'])(
  '%s is read as the server reads it',
  async (charset) => {
    const [rows] = (await database.connection.query({
      sql: UNICODE.map(
        (code) =>
          `SELECT CONVERT(CONVERT(_utf32 x'${code.toString(16).padStart(8, '0')}' USING ${charset}) USING binary) AS b, CONVERT(CONVERT(_utf32 x'${code.toString(16).padStart(8, '0')}' USING ${charset}) USING utf8mb4) AS t`,
      ).join(' UNION ALL '),
      rowsAsArray: true,
    })) as unknown as [[Buffer, string][]];

    expect(rows.map(([bytes]) => decoders.get(charset)(bytes))).toEqual(rows.map(([, text]) => text));
  },
);

/** Codes that are one character for the server must be that one; those before and behind it must not change it. */
async function expectAsServer(charset: string, codes: readonly Buffer[]): Promise<void> {
  const decode = decoders.get(charset);
  const differences: string[] = [];
  let known = 0;
  for (let first = 0; first < codes.length; first += CODES_PER_QUERY) {
    const part = codes.slice(first, first + CODES_PER_QUERY);
    const [rows] = (await database.connection.query({
      sql: `WITH codes (h) AS (VALUES ${part.map((code) => `ROW('${code.toString('hex')}')`).join(',')})
        SELECT h, CONVERT(CONVERT(UNHEX(h) USING ${charset}) USING utf8mb4) FROM codes`,
      rowsAsArray: true,
    })) as unknown as [[string, string | null][]];
    for (const [hex, text] of rows) {
      // Two characters of one byte, the second of them perhaps cut off, are none of two bytes.
      if (text === null || Array.from(text).length !== 1 || (text === '?' && hex !== '3f')) continue;
      const code = Buffer.from(hex, 'hex');
      if (code.length > 1 && (code[0] as number) < 0x80) continue;
      known++;
      if (decode(code) !== text || decode(Buffer.concat([code, code])) !== text + text) differences.push(hex);
    }
  }
  expect(known).toBeGreaterThan(90);
  expect(differences).toEqual([]);
}

function bytesUpTo(width: number): Buffer[] {
  const count = 256 ** width;
  return Array.from({ length: count }, (_, code) => {
    const bytes = Buffer.alloc(width);
    bytes.writeUIntBE(code, 0, width);
    return bytes;
  });
}

/** All below U+10000, and some of those above. */
function quadruples(): Buffer[] {
  const below = Array.from({ length: 39_420 }, (_, index) => index);
  const above = Array.from({ length: 1000 }, (_, index) => 189_000 + index * 1048);
  return [...below, ...above].map((index) =>
    Buffer.from([
      0x81 + Math.floor(index / 12_600),
      0x30 + (Math.floor(index / 1260) % 10),
      0x81 + (Math.floor(index / 10) % 126),
      0x30 + (index % 10),
    ]),
  );
}
