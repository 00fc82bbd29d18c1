// Asks a MySQL server how it maps every code of its character sets to Unicode, and writes the answers into
// src/mysql/values/charset-tables/. Run: node --conditions=millrace-source scripts/generate-charset-tables.ts
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { createConnection, type Connection } from 'mysql2/promise';
import { startMySqlServer } from './services/mysql-server.ts';

const SINGLE_BYTE =
  'armscii8 ascii cp1250 cp1251 cp1256 cp1257 cp850 cp852 cp866 dec8 geostd8 greek hebrew hp8 keybcs2 koi8r koi8u latin1 latin2 latin5 latin7 macce macroman swe7 tis620';
const MULTI_BYTE = 'big5 cp932 eucjpms euckr gb18030 gb2312 gbk sjis ujis';
const FOLDER = new URL('../src/mysql/values/charset-tables/', import.meta.url);
const NO_CHARACTER = '\uFFFF';
const DOUBLE_LEADS = range(0x81, 0xfe);
const DOUBLE_TRAILS = range(0x40, 0xfe);
const TRIPLE_BYTES = range(0xa1, 0xfe);
/** Codes of four bytes of gb18030 whose characters are below U+10000. */
const QUADRUPLES = 39_420;
const CODES_PER_QUERY = 5000;

const dataDirectory = await mkdtemp(join(tmpdir(), 'millrace-charsets-'));
const server = await startMySqlServer({ dataDirectory });
try {
  const connection = await createConnection({ uri: server.url, charset: 'utf8mb4' });
  await writeSingleByteTables(connection);
  for (const charset of MULTI_BYTE.split(' ')) await writeMultiByteTable(connection, charset);
  await connection.end();
} finally {
  await server.kill();
  await rm(dataDirectory, { recursive: true, force: true });
}

async function writeSingleByteTables(connection: Connection): Promise<void> {
  const lines: string[] = [];
  for (const charset of SINGLE_BYTE.split(' ')) {
    const codes = range(0, 255).map((byte) => Buffer.from([byte]));
    lines.push(`  ${charset}: ${quote(await textsOf(connection, charset, codes))},`);
  }
  const head =
    '/**\n * The characters of the 256 codes of each character set of one byte a character, as MySQL converts them.\n' +
    ' * Made by scripts/generate-charset-tables.ts.\n */\nexport const SINGLE_BYTE_TABLES: Readonly<{ [charset: string]: string }> = {\n';
  await writeFile(new URL('single-byte.ts', FOLDER), `${head}${lines.join('\n')}\n};\n`);
}

async function writeMultiByteTable(connection: Connection, charset: string): Promise<void> {
  const isEuc = charset === 'ujis' || charset === 'eucjpms';
  const singles = range(0, 255).map((byte) => Buffer.from([byte]));
  const doubles = DOUBLE_LEADS.flatMap((lead) => DOUBLE_TRAILS.map((trail) => Buffer.from([lead, trail])));
  const triples = TRIPLE_BYTES.flatMap((second) => TRIPLE_BYTES.map((third) => Buffer.from([0x8f, second, third])));
  const quadruples = range(0, QUADRUPLES - 1).map(quadruple);
  const longer = isEuc ? triples : charset === 'gb18030' ? quadruples : [];
  const codes = [...singles, ...doubles, ...longer];
  const text = await textsOf(connection, charset, codes);
  const packed = brotliCompressSync(differences(text), {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22 },
  });
  const name = `${charset.toUpperCase()}_TABLE`;
  const head = `/** The characters of ${charset} as MySQL converts them: see \`MultiByteDecoder\`. Made by scripts/generate-charset-tables.ts. */\n`;
  await writeFile(
    new URL(`${charset}.ts`, FOLDER),
    `${head}export const ${name} =\n  '${packed.toString('base64')}';\n`,
  );
}

/** Each unit less the one before it: most of a table is in the order of Unicode. */
function differences(text: string): Uint8Array {
  const units = Uint16Array.from({ length: text.length }, (_, index) =>
    index === 0 ? text.charCodeAt(0) : text.charCodeAt(index) - text.charCodeAt(index - 1),
  );
  return new Uint8Array(units.buffer);
}

/** One UTF-16 unit for each code: its character, or U+FFFF where it has none. */
async function textsOf(connection: Connection, charset: string, codes: readonly Buffer[]): Promise<string> {
  let text = '';
  for (let first = 0; first < codes.length; first += CODES_PER_QUERY) {
    const part = codes.slice(first, first + CODES_PER_QUERY);
    const columns = part.map((code) => `('${code.toString('hex')}')`).join(',');
    const [rows] = await connection.query({
      sql: `WITH codes (h) AS (VALUES ${columns.replaceAll("('", "ROW('")})
        SELECT h, CONVERT(CONVERT(UNHEX(h) USING ${charset}) USING utf8mb4) FROM codes`,
      rowsAsArray: true,
    });
    const found = new Map(rows as unknown as [string, string | null][]);
    for (const code of part) text += unitOf(code, found.get(code.toString('hex')) ?? null);
  }
  return text;
}

/** The server writes a question mark for what is no character. */
function unitOf(code: Buffer, character: string | null): string {
  const isQuestionMark = code.length === 1 && code[0] === 0x3f;
  if (character === null || character === '' || (character.startsWith('?') && !isQuestionMark)) return NO_CHARACTER;
  if (character.length === 1) return character;
  // Two characters of one byte each.
  if (character.codePointAt(0) === character.charCodeAt(0)) return NO_CHARACTER;
  throw new Error(`Expected one character of the BMP for ${code.toString('hex')}, got ${JSON.stringify(character)}`);
}

function quadruple(index: number): Buffer {
  return Buffer.from([
    0x81 + Math.floor(index / 12_600),
    0x30 + (Math.floor(index / 1260) % 10),
    0x81 + (Math.floor(index / 10) % 126),
    0x30 + (index % 10),
  ]);
}

function quote(text: string): string {
  const escaped = JSON.stringify(text).slice(1, -1).replaceAll("'", "\\'").replaceAll('\\"', '"');
  return `'${escaped.replaceAll(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}'`;
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
